"""Submit, check, change and close orders."""
