"""Clients and settings, built on first use."""
