"""What others may follow."""

from django.dispatch import Signal

ended = Signal()
"""Sent with ``backfill`` inside the transaction that ends it (succeeded, failed, cancelled); a
receiver's error undoes the end."""
