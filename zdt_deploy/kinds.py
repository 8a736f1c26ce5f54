"""The kinds of this app's events."""

from django.utils.translation import gettext_lazy as _

from zdt_core import kinds
from zdt_deploy.canary import aftermath
from zdt_deploy.deployments.states import PAST, Event

_MOVES = {
    Event.START: _("The first step's share was published."),
    Event.ARRIVE: _("Every router has seen the share."),
    Event.ADVANCE: _("The next step's share was published."),
    Event.HOLD: _("The monitor cannot judge, so nothing moves."),
    Event.SEE: _("The monitor can judge again."),
    Event.PAUSE: _("An operator holds the share."),
    Event.RESUME: _("The operator let go."),
    Event.PROMOTE: _("Everyone is on the new release, and the way back is open."),
    Event.ROLL_BACK: _("0 % was published; everyone goes back to stable."),
    Event.GO_STUCK: _("Going back needs a person."),
    Event.RETRY: _("A person asked to try the rest of a rollback again."),
    Event.FINISH_ROLLBACK: _("Everyone is on stable."),
    Event.COMPLETE: _("The way back is closed."),
    Event.CANCEL: _("A deployment that nobody was sent to was dropped."),
}

kinds.declare(
    {
        "deployment.created": _("A deployment was recorded."),
        aftermath.LEFT_UNJUDGED: _("A deployment stays as it is although nobody can judge it."),
        aftermath.JUDGED_AGAIN: _("It can be judged again."),
        **{f"deployment.{past}": _MOVES[event] for event, past in PAST.items()},
    }
)
