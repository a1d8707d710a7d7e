"""Deliver, announce and acknowledge alerts."""
