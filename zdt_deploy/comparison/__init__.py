"""What a release did beside, before and after another: errors, latency, database time.

`copying` takes what `zdt_core.observing` collected into PostgreSQL for as long as a deployment is
compared; `comparing` holds the rules, `page`, `shape` and `cli` show what they find.
"""
