"""Ask a venue."""
