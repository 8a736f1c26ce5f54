"""Entries to read, written the way that everything writes them."""

import factory

from zdt_audit.entries import record
from zdt_audit.models import Entry
from zdt_core import database
from zdt_core.events import Actor


class EntryFactory(factory.Factory):
    """``who`` is the login of a person."""

    class Meta:
        model = Entry

    kind = "flag.disabled"
    stream = factory.Sequence("flag:flag-{}".format)
    who = "ann"
    facts = factory.Dict({"reason": "it burns"})

    @classmethod
    def _create(cls, model, who, **kwargs):
        with database.atomic():
            return record(actor=Actor("user", who), **kwargs)
