"""Starting, watching and ending the processes of the story; none outlives it, however it ends."""

from demo.processes.company import Company, DidNotWork, Process

__all__ = ["Company", "DidNotWork", "Process"]
