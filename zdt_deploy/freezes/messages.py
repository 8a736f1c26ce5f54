"""What freezes and emergencies say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

_FREEZES = {
    "frozen": _(
        "“{name}” freezes {place} until {until}: {reason} (set by {who}). Wait, or have it ended "
        "with `manage.py zdt_freeze end {id}`. What cannot wait goes as an emergency: "
        "`manage.py zdt_deployment emergency`."
    ),
    "frozen_until_ended": _(
        "“{name}” freezes {place} until somebody ends it: {reason} (set by {who}). Have it ended "
        "with `manage.py zdt_freeze end {id}`. What cannot wait goes as an emergency: "
        "`manage.py zdt_deployment emergency`."
    ),
    "freeze_unreadable": _(
        "Nobody can say whether “{name}” freezes this now, and unknown never opens a gate: {why} "
        "Mend it in the admin, or end it with `manage.py zdt_freeze end {id}`."
    ),
    "weekly_unreadable": _(
        "“{text}” tells no hours of the week. Write them like fri 16:00-mon 08:00, mon-fri "
        "22:00-06:00, daily 12:00-13:00 or sat-sun, with commas between several."
    ),
    "time_zone_unknown": _(
        "This machine knows no time zone “{name}” that others know as well. Write one like "
        "Europe/Berlin or UTC; where the system has none of them, install the package tzdata."
    ),
    "moment_unreadable": _(
        "“{text}” is no moment between 1970 and 2999. Write it like 2026-12-24, 2026-12-24 18:00 "
        "or 2026-12-24T18:00+01:00."
    ),
    "freeze_name_malformed": _("A freeze needs a name of at most {most} characters."),
    "freeze_reason_missing": _("Say why with at most {most} characters: who is refused reads it."),
    "freeze_ends_too_early": _(
        "A freeze that ends at {ends} would never hold: the end must come after now and after the "
        "beginning."
    ),
    "freeze_never_holds": _(
        "It would never hold: none of the hours “{hours}” lies between its beginning and its end."
    ),
    "freeze_end_twice": _("Say either until when it holds or for how long, not both."),
    "freeze_end_reason_missing": _("Say why it ends; the reason goes into the record."),
    "freeze_moved": _(
        "Somebody changed “{name}” since you looked. Load the page again before you decide."
    ),
    "freeze_would_hold_less": _(
        "“{name}” would freeze less than it does now, and only who may end a freeze may do that: "
        "the permission “{permission}” is missing."
    ),
    "no_such_freeze": _(
        "There is no freeze “{id}” that could be ended. List them with `manage.py zdt_freeze list`."
    ),
    "freeze_ambiguous": _("Several freezes are called “{name}”; say which by its id: {ids}."),
    "freeze_ended_already": _("“{name}” was ended by {who}; nothing is frozen by it."),
}
_EMERGENCIES = {
    "emergency_reason_missing": _(
        "Say why it cannot wait, in at most {most} characters: who approves it reads that."
    ),
    "emergency_too_late": _(
        "{id} is {state}: there is nothing left that an emergency could hurry."
    ),
    "emergency_asked_already": _(
        "{by} has asked for an emergency of {id} already. Another person approves it with "
        "`manage.py zdt_deployment approve`."
    ),
    "no_emergency": _(
        "Nobody has asked for an emergency of {id}. Ask with `manage.py zdt_deployment emergency`."
    ),
    "emergency_approved_already": _("{by} has approved the emergency of {id} already."),
    "emergency_reviewed_already": _("{by} has reviewed the emergency of {id} already."),
    "emergency_not_approved": _("Nobody has approved the emergency of {id}, so none took place."),
    "emergency_not_over": _(
        "{id} is {state} still: review its emergency once it has reached everyone or gone back."
    ),
    "emergency_answer_missing": _("Say why not; the reason goes into the record."),
    "emergency_review_missing": _(
        "Say what you found, in at most {most} characters: was it needed, and what would make it "
        "needless next time?"
    ),
    "emergency_moved": _(
        "Somebody answered the emergency of {id} since you looked. Look again before you decide."
    ),
    "four_eyes": _("{person} asked for this emergency, so another person has to approve it."),
    "review_eyes": _("{person} asked for this emergency, so another person has to review it."),
    "login_is_shared": _(
        "“{login}” is the login of a machine, and says nothing of who you are. Ask with --by "
        "YOUR-LOGIN; approve and review in the admin, with a token of your own, or under your own "
        "login (ZDT_SHARED_LOGINS)."
    ),
    "signed_in_as_another": _(
        "You signed in to this machine as {person}, so you cannot ask as {said}: say --by {person}."
    ),
    "token_of_nobody": _(
        "No person answers for the token {token}, which {maker} made. Make one in the admin."
    ),
    "token_maker_may_not": _(
        "{person} made the token {token}, and may not do this here any more: the account is gone, "
        "is switched off or lacks the permission “{permission}”. Use the token of somebody who may."
    ),
    "emergency_review_due": _(
        "The emergency that {requester} asked for and {approver} approved should have been "
        "reviewed by {due}."
    ),
}
for _sentences in (_FREEZES, _EMERGENCIES):
    messages.register(_sentences)
