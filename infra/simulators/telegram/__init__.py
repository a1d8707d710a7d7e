"""A Telegram Bot API on this machine: the calls the gateway makes, with Telegram's own refusals and limits."""
