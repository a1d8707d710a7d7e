"""HTTP answers as the contract documents them; handlers never import these, the OpenAPI document does."""
