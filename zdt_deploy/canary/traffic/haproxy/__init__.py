"""The edge through HAProxy: its configuration, and the agent beside it that moves the share."""
