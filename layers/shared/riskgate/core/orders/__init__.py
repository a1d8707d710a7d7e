"""An order: decide, fill, change, close."""
