"""A venue that is none: orders fill against real quotes, with money that does not exist."""
