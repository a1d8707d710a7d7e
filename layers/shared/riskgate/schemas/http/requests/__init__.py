"""HTTP request bodies, one module per resource; a handler imports only what its routes take."""
