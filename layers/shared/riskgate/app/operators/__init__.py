"""Commands from the phone."""
