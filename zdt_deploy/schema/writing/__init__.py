"""Writes the migration files of schema changes, one step per release."""
