"""Value at risk, stress and the figures of the gate."""
