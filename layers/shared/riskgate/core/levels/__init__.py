"""How close each limit is, and the alert level that makes."""
