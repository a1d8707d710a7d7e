"""Metrics in Prometheus' text format: what there is, and how it is collected."""
