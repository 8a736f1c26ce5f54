"""Getting a lock without the site queueing behind it: when to try, how long, who is in the way."""

from zdt_deploy.schema.locks.blockers import Blocker
from zdt_deploy.schema.locks.policy import Policy, Step, Wait

__all__ = ["Blocker", "Policy", "Step", "Wait"]
