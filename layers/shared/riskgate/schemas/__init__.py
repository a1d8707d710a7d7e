"""Wire formats: HTTP bodies, stored documents and their encodings."""
