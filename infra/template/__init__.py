"""The sources of the template."""
