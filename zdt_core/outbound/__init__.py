"""The one HTTP client to the outside.

Every call ends by its deadline, reads no more than it was told to, follows no redirect that was not
asked for, and talks only to addresses that zdt may talk to: judged is the address that a connection
is made to, so that no name can lead astray. See `request`.
"""

from zdt_core.outbound.errors import Unanswered
from zdt_core.outbound.exchange import Answer, request
from zdt_core.outbound.urls import shown

__all__ = ["Answer", "Unanswered", "request", "shown"]
