"""Breakers, heartbeats, locks and interventions."""
