"""What citizens think of the visit, and who must hear of it at once."""
