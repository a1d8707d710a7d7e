"""The three tables."""
