"""An app for drills: rows that a run counts through, and a record of who did it."""
