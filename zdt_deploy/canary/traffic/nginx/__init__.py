"""The edge through nginx: with njs, or with a map of the bucket's cookie."""
