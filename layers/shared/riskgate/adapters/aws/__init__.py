"""Queues, topics, buckets and secrets."""
