"""What a venue tells us."""
