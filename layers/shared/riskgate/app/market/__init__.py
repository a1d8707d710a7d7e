"""Collect quotes, instruments and closes."""
