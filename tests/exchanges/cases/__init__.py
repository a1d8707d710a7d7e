"""The cases of the table, by what they are about."""
