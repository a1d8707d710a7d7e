"""Quotes, daily closes and what both are worth."""
