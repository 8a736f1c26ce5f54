"""A site whose second migration goes on for as long as a drill wants."""

import os

from tests.system.drill_settings import *  # noqa: F403
from tests.system.drill_settings import DATABASES

INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django_rq", "zdt_core", "zdt_deploy",
    "tests.system.migrated",
]  # fmt: skip
ZDT_SCHEMA_LOCK_SECONDS = 0.1
ZDT_SCHEMA_LOCK_PAUSE_SECONDS = 0.1
ZDT_MIGRATE_PATIENCE_SECONDS = float(os.environ.get("DRILL_PATIENCE", "60"))
ZDT_MIGRATE_LOOK_SECONDS = 0.2

if direct := os.environ.get("DIRECT_URL"):
    from demo.settings import env

    DATABASES = {**DATABASES, "direct": env.db_url_config(direct)}
    ZDT_DIRECT_DATABASE = "direct"
