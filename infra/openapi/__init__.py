"""The OpenAPI document, made at build time from routes, handlers, answers and recorded examples."""
