"""What each release did, beside its figures: patterns in its error log, and its queries.

Collected in memory by every process, flushed to Redis by the pulse, per release and slot of time.
`patterns` groups log records, `statements` groups SQL; both keep no value of a user. Nothing in the
request path does I/O, and `ZDT_OBSERVE = False` ends all of it.
"""
