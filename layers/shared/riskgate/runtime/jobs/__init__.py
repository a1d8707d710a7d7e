"""One file for each function that is no API."""
