"""Identity cards as data: what the QR code says, and how to keep it private."""
