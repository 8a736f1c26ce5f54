"""An app for drills of backfills: rows that are filled once each, and a record of who did it."""
