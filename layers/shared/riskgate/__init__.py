"""Risk gateway: decides whether an order may reach an exchange."""

ENGINE_VERSION = "1.0.0"
