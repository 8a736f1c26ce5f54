"""Which releases read the new shape of a change: those whose migrations hold its switch, and
whose models have nothing left of the old one.

Each release notes it for itself when it migrates, and takes it back where its models use the old
shape after all, built anew under the same name. A release without a note may need the old shape;
versions are never compared by their order.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import DatabaseError
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_migrate

from zdt_core import database, identity
from zdt_core.conf import conf
from zdt_core.events import Actor
from zdt_core.exceptions import ConfigurationError
from zdt_deploy.schema import catalogue, leftovers, moving
from zdt_deploy.schema.models import KnownShape, SchemaChange
from zdt_deploy.schema.phases import OPEN

logger = logging.getLogger("zdt.schema")
STEPS = ("switch", "retire")
"""The steps of operations from which on the models use the new shape only."""


def known_by(change: SchemaChange) -> frozenset[tuple[str, str]]:
    """The (service, release) pairs that read the new shape."""
    return frozenset(change.known_by.values_list("service", "release"))


def note(change: SchemaChange, *, service: str | None = None, release: str | None = None) -> bool:
    """Note that a release reads the new shape. False if it is on record.

    It is this one by default, which is not noted while its models use the old shape.
    """
    if release is None and (left := leftovers.of_models(change)):
        logger.warning(
            "The migrations switch %s, but the models of this release still use its old shape: %s. "
            "So it is not noted as one that reads the new shape. Change models.py.",
            change.key, ", ".join(left),
        )  # fmt: skip
        _take_back(change, left)
        return False
    service = service or conf.SERVICE
    try:
        release = release or identity.release()
    except ConfigurationError:
        logger.warning(
            "ZDT_VERSION is not set, so nobody knows which release reads the new shape of %s.",
            change.key,
        )
        return False
    with database.atomic():
        _found, new = KnownShape.objects.get_or_create(
            change=change, service=service, release=release
        )
        if new:
            moving.record(
                "schema.shape_known", change, actor=Actor.shell(),
                params={"service": service, "release": release},
            )  # fmt: skip
    return bool(new)


def forget(change: SchemaChange) -> None:
    """Forget who reads the new shape: the key begins another life."""
    change.known_by.all().delete()


def note_all() -> int:
    """Note this release on every open change that its migrations switch; how many are new."""
    changes = list(SchemaChange.objects.filter(phase__in=sorted(OPEN)))
    if not changes:
        return 0
    keys = set(switched_in_code())
    for change in changes:
        if change.key not in keys and (left := leftovers.of_models(change)):
            _take_back(change, left)
    return sum(note(change) for change in changes if change.key in keys)


def behind(alias: str) -> dict[str, list[str]]:
    """The open changes of ``alias`` that the migrations of this release switch and its models
    don't, with what the models still have of the old shape."""
    changes = list(SchemaChange.objects.filter(alias=alias, phase__in=sorted(OPEN)).order_by("pk"))
    keys = set(switched_in_code()) if changes else set()
    found = {each.key: leftovers.of_models(each) for each in changes if each.key in keys}
    return {key: left for key, left in found.items() if left}


def switched_in_code() -> Iterator[str]:
    """The keys of the changes whose switch is among this code's migrations, applied or not."""
    for (app_label, _name), migration in _migrations().items():
        for operation in migration.operations:
            if getattr(operation, "step", None) in STEPS:
                yield operation.change_key(app_label)


def _take_back(change: SchemaChange, left: list[str]) -> None:
    """This release was noted once, by a build whose models had nothing ``left`` of the old shape;
    which of both its processes run nobody knows."""
    try:
        service, release = conf.SERVICE, identity.release()
    except ConfigurationError:
        return
    with database.atomic():
        gone, _each = change.known_by.filter(service=service, release=release).delete()
        if gone:
            moving.record(
                "schema.shape_taken_back", change, actor=Actor.shell(),
                params={"service": service, "release": release, "left": ", ".join(left)},
            )  # fmt: skip


def connect() -> None:
    """Note this release whenever it has migrated."""
    post_migrate.connect(
        _migrated, sender=apps.get_app_config("zdt_deploy"), dispatch_uid="zdt_deploy.schema.shapes"
    )


def _migrated(**kwargs: Any) -> None:
    try:
        if catalogue.table_exists(database.connection(), KnownShape._meta.db_table):
            note_all()
    except DatabaseError as error:
        logger.warning("This release could not be noted as one that reads new shapes: %s", error)


def _migrations() -> dict[tuple[str, str], Any]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    found: dict[tuple[str, str], Any] = loader.disk_migrations
    return found
