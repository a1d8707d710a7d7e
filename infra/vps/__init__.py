"""A small machine of your own: containers, units of systemd, a bot."""
