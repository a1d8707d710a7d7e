"""Commit an event to an account or to the gateway."""
