"""Register an account, change its limits, record its money."""
