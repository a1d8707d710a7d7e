"""What the API functions share."""
