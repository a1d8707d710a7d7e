"""Our books against the venue's."""
