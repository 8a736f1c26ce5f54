"""What others may follow."""

from django.dispatch import Signal

moved = Signal()
"""Sent inside the transaction of a move, with ``deployment`` (its new state), ``event``
(states.Event), ``before`` (states.State) and ``actor``; a receiver's error undoes the move."""
