"""What a release did beside, before and after another: errors, latency, database time.

`copying` takes what `zdt_core.observing` collected into PostgreSQL for as long as a deployment is
compared; `strata` says which of it may be held against which, `comparing` and `figures` hold the
rules, `page`, `shape` and `cli` show what they find, and `checklist` tells the checklist.
"""
