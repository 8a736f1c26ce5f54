"""The sample shop: products, a checkout that writes an order, and a login."""
