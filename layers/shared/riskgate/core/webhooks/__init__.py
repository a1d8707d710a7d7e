"""Webhooks: what an alert of a chart service or a script may ask for, and how it is read."""
