"""Devices without hardware, behind the same protocols. They run out, jam and answer late."""
