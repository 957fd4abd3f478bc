"""Going from one place of the hall to another, and leading a citizen there."""
