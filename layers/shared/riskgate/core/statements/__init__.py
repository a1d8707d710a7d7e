"""Profit and loss, lots and the daily statement."""
