"""What the venue's own reading makes of an account."""
