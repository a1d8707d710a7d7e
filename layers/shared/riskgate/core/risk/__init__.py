"""Risk figures and reports for the gate."""
