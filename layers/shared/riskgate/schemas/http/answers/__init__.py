"""What the API answers, one module per room: handlers return these, and the OpenAPI document is made from them."""
