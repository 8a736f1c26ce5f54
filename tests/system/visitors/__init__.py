"""An app for canary drills: web processes without a socket, and what a rollback called."""
