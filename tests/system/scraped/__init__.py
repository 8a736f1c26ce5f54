"""A tiny site that Prometheus scrapes."""
