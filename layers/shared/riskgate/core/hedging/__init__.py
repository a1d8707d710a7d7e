"""Hedges: which orders take exposure away, what they cost, and what is left."""
