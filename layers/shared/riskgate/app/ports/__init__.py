"""Seams between the use cases and the outside: one protocol each.

What their signatures name is imported for type checkers only: no function loads the types of a seam it has no use for.
"""
