"""Compare our books with the venue's."""
