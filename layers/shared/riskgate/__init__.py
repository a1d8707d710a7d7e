"""Risk gateway: decides whether an order may reach an exchange."""

#: The engine that decides, as each entry of the log names it: stepped with the rules and the shape of what is stored.
ENGINE_VERSION = "1.3.0"
