"""Who moves the share at the edge: a driver for each kind of proxy, and the agent that follows."""
