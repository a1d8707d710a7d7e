"""Plan and place hedges."""
