"""Deploy the gateway to AWS, and take it down again: `make deploy`, `make destroy`."""
