"""Secrets as they are stored."""
