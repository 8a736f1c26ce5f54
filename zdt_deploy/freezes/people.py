"""The person behind whoever acts: four eyes are those of two people, not of two accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model

from zdt_core import logins
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.freezes.conf import conf
from zdt_deploy.freezes.models import Emergency


@dataclass(frozen=True, slots=True)
class Who:
    """``actor`` is the one on record, ``person`` the login of the person behind."""

    actor: Actor
    person: str

    @classmethod
    def of(cls, user: Any) -> Who:
        """A person who has signed in."""
        return cls(Actor.of(user), user.get_username())

    @classmethod
    def shell(cls, said: str = "") -> Who:
        """Whoever runs a command; ``said`` is who they say they are, which counts only where their
        login is one that people share, and nobody knows that they signed in as another. Raises
        Refused("login_is_shared" or "signed_in_as_another")."""
        actor = Actor.shell()
        if not is_shared(actor.name):
            return cls(actor, actor.name)
        if not said.strip():
            raise Refused("login_is_shared", login=actor.name)
        who, known = cls(actor, said.strip()[:200]), logins.signed_in()
        if known and not is_shared(known) and not who.is_same_person_as(known):
            raise Refused("signed_in_as_another", person=known, said=who.person)
        return who

    @classmethod
    def of_token(cls, actor: Actor, created_by: str, permission: str) -> Who:
        """The program ``actor``, for which the maker of its token answers, who needs the
        ``permission`` still. Raises Refused("token_of_nobody" or "token_maker_may_not").
        """
        kind, _colon, name = created_by.partition(":")
        if kind not in ("user", "shell") or not name or (kind == "shell" and is_shared(name)):
            raise Refused("token_of_nobody", maker=created_by[:80], token=actor.name)
        if kind == "user" and not _may(name, permission):
            facts = {"token": actor.name, "permission": permission}
            raise Refused("token_maker_may_not", person=name[:80], **facts)
        return cls(actor, name)

    def is_same_person_as(self, name: str) -> bool:
        return self.person.casefold() == name.casefold()

    def asked_for(self, row: Emergency) -> bool:
        """Whether they asked for the emergency, be it by the login or in the name that they gave a
        shell."""
        kind, _colon, login = row.requested_by.partition(":")
        asked = (row.requester, login) if kind == "shell" else (row.requester,)
        return any(self.is_same_person_as(name) for name in asked)


def _may(login: str, permission: str) -> bool:
    """Whether the account of that name is there, switched on, and has the ``permission``."""
    model: Any = get_user_model()
    user = model._default_manager.filter(**{model.USERNAME_FIELD: login}).first()
    return user is not None and user.has_perm(f"zdt_deploy.{permission}")


def is_shared(login: str) -> bool:
    """Whether ``login`` is no person's own."""
    return login in conf.SHARED_LOGINS
