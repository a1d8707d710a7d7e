"""Stand-ins for the outside world: an exchange and a Telegram."""
