"""Which migrations a release brings: each release's code tells its own, when it migrates.

Other code does not have the files, so what it was told is all that it knows.
"""

from __future__ import annotations

import logging
from datetime import datetime
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.db.models.signals import post_migrate
from django.db.utils import DEFAULT_DB_ALIAS

from zdt_core import database, identity
from zdt_core.conf import conf
from zdt_core.exceptions import ConfigurationError
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import taking
from zdt_deploy.preflight.models import ReleaseMigrations

logger = logging.getLogger("zdt.preflight")


def tell() -> bool:
    """Write down the migrations of the code that runs here; False where it has no release."""
    try:
        release = identity.release()
    except ConfigurationError:
        return False
    names, takes = _in_code()
    row, _new = ReleaseMigrations.objects.get_or_create(
        service=conf.SERVICE,
        environment=conf.ENVIRONMENT,
        release=release,
        defaults={"names": names, "takes": takes},
    )
    if (row.names, row.takes) != (names, takes):
        rows = ReleaseMigrations.objects.filter(pk=row.pk)
        rows.update(names=names, takes=takes, at=database.Now())
    return True


def connect() -> None:
    """Tell whenever this release has migrated."""
    post_migrate.connect(
        _migrated, sender=apps.get_app_config("zdt_deploy"), dispatch_uid="zdt_deploy.preflight"
    )


def told(deployment: Deployment, release: str) -> ReleaseMigrations | None:
    """What a release of the deployment's service told."""
    rows = ReleaseMigrations.objects.filter(
        service=deployment.service, environment=deployment.environment, release=release
    )
    found: ReleaseMigrations | None = rows.first()
    return found


def changed_at(deployment: Deployment) -> datetime | None:
    """Since when the deployment's release brings what it brings; it may have been built again."""
    row = told(deployment, deployment.version)
    return None if row is None else row.at


def unapplied(names: list[str]) -> list[str]:
    """Those of ``names`` that the site's database has not seen; owed contracts count as applied."""
    applied = MigrationRecorder(connections[DEFAULT_DB_ALIAS]).applied_migrations()
    known = {f"{app}.{name}" for app, name in applied}
    return [name for name in names if name not in known]


def _in_code() -> tuple[list[str], dict[str, list[list[str]]]]:
    """The names of all migrations here, and what each of them takes."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    graph: Any = loader.graph
    plans = [graph.forwards_plan(leaf) for leaf in graph.leaf_nodes()]
    state = ProjectState(real_apps=loader.unmigrated_apps)
    names, takes = [], {}
    for key in dict.fromkeys(chain.from_iterable(plans)):
        name = ".".join(key)
        names.append(name)
        if found := taking.of(graph.nodes[key], state):
            takes[name] = found
    return names, takes


def _migrated(**kwargs: Any) -> None:
    if "plan" not in kwargs or kwargs["using"] != database.alias():
        return  # a flush, or another database
    try:
        tell()
    except DatabaseError as error:
        logger.warning("The migrations of this release could not be noted: %s", error)
