"""Who moves the weights: the published share, written into the proxies in front of the site."""
