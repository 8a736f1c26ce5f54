"""The compliance trail: who did what, when and why."""
