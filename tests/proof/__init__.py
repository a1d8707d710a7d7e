"""The page of proof: what the gateway was tried with, from the records of the runs."""
