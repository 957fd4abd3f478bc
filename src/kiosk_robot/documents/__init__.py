"""The citizen's papers as data: what an identity card's QR code says, and how to keep it private."""
