"""The checklist in the HTTP API of deployments."""
