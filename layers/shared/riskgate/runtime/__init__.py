"""Settings, HTTP plumbing and wiring of the functions."""
