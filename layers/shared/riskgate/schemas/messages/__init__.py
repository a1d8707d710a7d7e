"""Queue and topic messages."""
