"""The sequential judge: evidence for and against a canary, which may be looked at any time.

`shards` makes equals of instances, `before` knows what is usual, `measures` says what is compared
and `terms` what is tolerated, `ranks` turns places into evidence, and `judge` carries it from block
to block. All of it is pure: the same numbers give the same answer, wherever they are weighed.
"""
