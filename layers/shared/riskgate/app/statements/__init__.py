"""Issue daily statements."""
