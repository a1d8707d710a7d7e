"""Which fields stored structs have, and which of them are written."""
