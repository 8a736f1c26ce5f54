"""A steady load of real HTTP requests, and an exact account of what became of each.

It shares no code with the edge or the shop, so that it cannot share their mistakes.
"""
