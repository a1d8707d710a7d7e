"""Read the venue and keep the account true."""
