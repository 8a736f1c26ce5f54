"""Feature flags that change without a deployment."""
