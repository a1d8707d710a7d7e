"""Every alert and reply as a person receives them."""
