"""Hardware under faults: what is promised of tickets and pieces, and how fast it is kept."""
