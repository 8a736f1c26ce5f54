"""What schema changes say: refusals, and what they wait for, in one sentence each."""

from zdt_core import messages
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.messages import (
    changes,
    contract,
    conversions,
    hazards,
    indexes,
    locks,
    operations,
    proof,
    retiring,
)

__all__ = ["conf"]

for _family in (
    conversions,
    hazards,
    locks,
    indexes,
    operations,
    retiring,
    changes,
    proof,
    contract,
):
    messages.register(_family.SENTENCES)
