"""What dashboards ask CloudWatch: of the stack's own dashboard there, and of Grafana's with CloudWatch behind it."""
