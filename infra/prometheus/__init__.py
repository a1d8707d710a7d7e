"""What Prometheus needs: how to scrape, rules with their tests, the catalogue of metrics."""
