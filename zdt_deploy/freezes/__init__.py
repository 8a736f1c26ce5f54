"""Freeze windows, in which no deployment moves forward, and emergencies, which may pass them.

A freeze closes the gates of "deployment.start", "deployment.advance" and "deployment.promote";
going back, pausing and resuming are never frozen. An emergency is asked for by one person and
approved by another; it passes freezes and skips observation, and nothing else.
"""
