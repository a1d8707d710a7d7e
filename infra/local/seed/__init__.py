"""What a fresh stack starts with."""
