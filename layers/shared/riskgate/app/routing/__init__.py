"""Send orders to the venue and settle what it answers."""
