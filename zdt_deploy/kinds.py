"""The kinds of this app's events."""

from django.utils.translation import gettext_lazy as _

from zdt_core import kinds
from zdt_deploy.canary import aftermath, orchestrator, overtaking, rollback
from zdt_deploy.canary.traffic.cloud import outcomes
from zdt_deploy.deployments import keeping
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
    Event.RETREAT: _("One region goes back to stable, and nothing moves; the others stay."),
    Event.GO_STUCK: _("Going back needs a person."),
    Event.RETRY: _("A person asked to try the rest of a rollback again."),
    Event.FINISH_ROLLBACK: _("Everyone is on stable."),
    Event.COMPLETE: _("The way back is closed."),
    Event.CANCEL: _("A deployment that nobody was sent to was dropped."),
}

_SCHEMA = {
    "schema.migrated": _("zdt_migrate applied migrations, or took some back."),
    "schema.expanded": _(
        "The new shape stands beside the old one, and a trigger keeps them equal."
    ),
    "schema.retired": _("The models use a column or a table no more."),
    "schema.backfilling": _("Rows from before the trigger are being filled."),
    "schema.verifying": _("Every row is being compared."),
    "schema.verified": _("Every row was compared and is equal."),
    "schema.doubted": _("The proof of a change holds no longer, so code may not switch."),
    "schema.certificate_expired": _("A comparison proves nothing any more."),
    "schema.repairing": _("The trigger was put back, and rows are filled again."),
    "schema.switched": _("Code may read the new shape."),
    "schema.shape_known": _("A release was noted as one that reads the new shape."),
    "schema.shape_taken_back": _(
        "A release that was noted as one that reads the new shape uses the old one after all."
    ),
    "schema.way_back_given_up": _("A value did not fit back, so that a change is for good."),
    "schema.owed": _("A contract counts as applied, and its gate is closed."),
    "schema.contract_begun": _("The old shape is being taken away."),
    "schema.contract_put_off": _("The old shape could not be taken away; it is tried again."),
    "schema.forced": _("A person had the old shape taken away against the gate."),
    "schema.contracted": _("The old shape is gone."),
    "schema.reversed": _("A step of a change was taken back."),
    "schema.problem_found": _("A change needs a person."),
    "schema.problem_solved": _("What was wrong with a change is well again."),
}

kinds.declare(
    {
        "deployment.created": _("A deployment was recorded."),
        aftermath.LEFT_UNJUDGED: _("A deployment stays as it is although nobody can judge it."),
        aftermath.JUDGED_AGAIN: _("It can be judged again."),
        "deployment.emergency_requested": _("A person asked for an emergency."),
        "deployment.emergency_approved": _(
            "Another person let it pass freezes and skip observation."
        ),
        "deployment.emergency_declined": _("An emergency was declined."),
        "deployment.emergency_reviewed": _("Another person wrote down what they found."),
        "deployment.review_overdue": _("An emergency should have been reviewed by now."),
        keeping.CREATED: _("A named plan was written; one called like a strategy is its default."),
        keeping.CHANGED: _("A named plan was changed."),
        keeping.DELETED: _("A named plan was deleted; deployments keep the copy they began with."),
        "freeze.created": _("A freeze was set."),
        "freeze.changed": _("A freeze was changed."),
        "freeze.ended": _("A person ended a freeze."),
        "deployment.checked": _("How the checklist stood at the start was recorded."),
        "deployment.item_ticked": _("A person ticked an item of the checklist."),
        "deployment.item_waived": _("A person waived an item of the checklist."),
        "deployment.item_withdrawn": _("A person took a tick or a waiver back."),
        outcomes.APPLIED: _("A balancer does what is published."),
        outcomes.SHUT: _("A share had lapsed, and a balancer sends nobody to the new release."),
        outcomes.FAILED: _("A balancer does not do what is published."),
        overtaking.OVERTAKEN: _(
            "Routers knew newer shares than the database, as after a failover; its own was "
            "published anew."
        ),
        rollback.RETURNED: _("Every router of a region that went back has followed."),
        rollback.NOT_RETURNED: _("A region that went back may have users on the new release yet."),
        orchestrator.DEAF: _("Who replaces processes could not be told to pause or to go on."),
        "drill.announced": _("A rollback drill is due, and begins soon by itself."),
        "drill.called": _("The rollback of a deployment is rehearsed."),
        "drill.finished": _("A rollback drill was made, with its times."),
        "drill.called_off": _("A rollback drill did not take place."),
        "drill.overdue": _("A rollback drill should have been made by now."),
        "backfill.started": _("A backfill was asked for."),
        "backfill.paused": _("A backfill rests, by a person or for its own reason."),
        "backfill.resumed": _("A backfill goes on."),
        "backfill.retried": _("A backfill that had failed does what it has not done."),
        "backfill.paced": _("A backfill got another pace, or more or fewer lanes."),
        "backfill.succeeded": _("A backfill is through with every row."),
        "backfill.failed": _("A backfill has ended, and has not done every row."),
        "backfill.cancelled": _("A backfill was ended by a person."),
        "backfill.stalled": _("A backfill is due, and nobody works on it."),
        "backfill.moving": _("Somebody works on the backfill again."),
        **_SCHEMA,
        **{f"deployment.{past}": _MOVES[event] for event, past in PAST.items()},
    }
)
