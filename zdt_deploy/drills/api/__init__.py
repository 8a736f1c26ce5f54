"""Rollback drills in the HTTP API of deployments."""
