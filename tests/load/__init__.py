"""Load, soak, drills and chaos on a running gateway: programs, each with a record of what it found."""
