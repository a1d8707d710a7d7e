"""Kill switch, breakers, locks, exits."""
