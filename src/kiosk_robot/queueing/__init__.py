"""Tickets: who waits, in which order, and what became of every number."""
