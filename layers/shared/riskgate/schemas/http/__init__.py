"""Requests, routes and headers."""
