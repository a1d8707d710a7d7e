"""What the audit log holds."""
