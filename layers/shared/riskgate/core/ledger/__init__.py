"""The fold: every event applied to the account document."""
