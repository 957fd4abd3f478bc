"""Hearing and speaking without any engine: protocols, and text as people read it aloud."""
