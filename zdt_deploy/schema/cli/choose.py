"""Which change is meant: the one named, or the only one that is under way."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Q, QuerySet

from zdt_core.exceptions import Refused
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import OPEN


def add_key(parser: CommandParser, *, needed: bool = False) -> None:
    parser.add_argument(
        "key",
        nargs=None if needed else "?",
        metavar="KEY",
        help="The change, such as 'shop.user.user_email>email_address'; a part of it will do.",
    )
    parser.add_argument(
        "--database", metavar="ALIAS", help="Only of this database; of all by default."
    )


def change(options: dict[str, Any]) -> SchemaChange:
    """The one that is meant. Raises Refused where none is, or more than one."""
    found = _found(options)
    if not found:
        raise Refused(
            "no_such_schema_change", key=options["key"] or "-", known=_keys(SchemaChange.objects)
        )
    if len(found) > 1:
        keys = ", ".join(f"{each.key} ({each.alias})" for each in found)
        raise Refused("schema_change_ambiguous", keys=keys)
    return found[0]


def _found(options: dict[str, Any]) -> list[SchemaChange]:
    rows = of_database(options)
    key = options["key"]
    if not key:
        return list(rows.filter(phase__in=sorted(OPEN))[:10])
    exact = list(rows.filter(key=key))
    return exact or list(rows.filter(Q(key__icontains=key))[:10])


def of_database(options: dict[str, Any]) -> QuerySet[SchemaChange]:
    rows: QuerySet[SchemaChange] = SchemaChange.objects.order_by("pk")
    return rows.filter(alias=options["database"]) if options["database"] else rows


def _keys(rows: Any) -> str:
    return ", ".join(rows.order_by("-pk").values_list("key", flat=True)[:5]) or "-"
