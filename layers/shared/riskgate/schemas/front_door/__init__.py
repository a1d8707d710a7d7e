"""Calls of an exchange's own API that bots make to the gateway."""
