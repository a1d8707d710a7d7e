"""Read and verify the log."""
