"""Balancers that others run: they are asked by HTTP, and nobody of ours stands beside them.

A run of the monitor's queue keeps each balancer of ZDT_TRAFFIC at the published share and writes
down what it confirmed; until then the balancer counts as a router that is behind. Where no worker
is left, whichever process sees that the share has lapsed takes the canary out (`switch`).
"""
