"""Mutation testing of the rules and of the tables' adapters: what the tests would notice (`make mutants`)."""
