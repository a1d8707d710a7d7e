"""What an operator may ask for on the phone."""
