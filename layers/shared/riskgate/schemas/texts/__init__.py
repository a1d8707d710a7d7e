"""Documents for people: alerts, statements."""
