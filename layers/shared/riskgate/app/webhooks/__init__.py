"""Orders that come in as webhooks."""
