"""The bot of the box."""
