"""Projects that differ from a plain one, each by what it adds before README.md is followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.elsewhere.place import DATABASE, Project

PEOPLE = """
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
import uuid


class Manager(BaseUserManager):
    def create_superuser(self, password, **names):
        person = self.model(is_staff=True, is_superuser=True, **names)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser, PermissionsMixin):
    KEY
    email = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)
    USERNAME_FIELD = "email"
    objects = Manager()
"""
KEYS = {
    "string": 'key = models.CharField(max_length=40, primary_key=True, default="olga/the first?")',
    "uuid": "key = models.UUIDField(primary_key=True, default=uuid.uuid4)",
}

OFFICE = """
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig


class Office(AdminSite):
    site_header = "Office"


class OfficeConfig(AdminConfig):
    default_site = "shop.office.Office"
"""

BACK_OFFICE = """
from django.contrib import admin

back_office = admin.AdminSite("back_office")
for model, model_admin in admin.site._registry.items():
    back_office.register(model, type(model_admin))
urlpatterns = [path("back-office/", back_office.urls), *urlpatterns]
"""

ROUTER = """
class Router:
    def db_for_read(self, model, **hints):
        return "other" if model._meta.app_label.startswith(APPS) else None

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return (db == "other") is app_label.startswith(APPS)
"""


def custom_user(key: str) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        project.place.run("python", "manage.py", "startapp", "people", cwd=project.folder)
        (project.folder / "people" / "models.py").write_text(PEOPLE.replace("KEY", KEYS[key]))
        project.append(
            project.settings, 'INSTALLED_APPS += ["people"]\nAUTH_USER_MODEL = "people.Person"'
        )
        project.manage("makemigrations", "people", "-v0")

    return change


def custom_admin_site(project: Project) -> None:
    project.append(project.folder / "shop" / "office.py", OFFICE)
    replaced = 'INSTALLED_APPS[INSTALLED_APPS.index("django.contrib.admin")] = '
    project.append(project.settings, f'{replaced}"shop.office.OfficeConfig"')


def setting(text: str) -> Callable[[Project], None]:
    return lambda project: project.append(project.settings, text)


def second_database(project: Project) -> None:
    _database(project, 'APPS = "sessions"\n')


def zdt_elsewhere(project: Project) -> None:
    _database(project, 'APPS = "zdt_"\n')
    project.append(project.settings, 'ZDT_DATABASE = "other"')


def _database(project: Project, apps: str) -> None:
    other = DATABASE.format(name=project.database(f"{project.name}_other"))
    project.append(project.settings, f'_default = DATABASES["default"]\n{other}')
    project.append(
        project.settings, 'DATABASES = {"default": _default, "other": DATABASES["default"]}'
    )
    project.append(project.folder / "shop" / "routing.py", apps + ROUTER)
    project.append(project.settings, 'DATABASE_ROUTERS = ["shop.routing.Router"]')


def under_a_prefix(project: Project) -> None:
    """Everything is included below a prefix of the project's own."""
    (project.folder / "shop" / "inner.py").write_text(project.urls.read_text())
    project.urls.write_text(
        "from django.urls import include, path\n\n"
        'urlpatterns = [path("intern/", include("shop.inner"))]\n'
    )


@dataclass(frozen=True)
class Kind:
    """``before`` and ``after`` README.md was followed; ``sites`` are the AdminSites to inspect."""

    before: Callable[[Project], None] = lambda project: None
    after: Callable[[Project], None] = lambda project: None
    sites: tuple[str, ...] = ("admin",)
    databases: tuple[str, ...] = ("default",)
    packages: tuple[str, ...] = field(default=())


KINDS = {
    "a user model with string keys": Kind(custom_user("string")),
    "a user model with UUID keys": Kind(custom_user("uuid")),
    "an AdminSite of its own": Kind(custom_admin_site),
    "two AdminSites": Kind(
        after=lambda project: project.append(project.urls, BACK_OFFICE),
        sites=("admin", "back_office"),
    ),
    "a second database": Kind(second_database, databases=("default", "other")),
    "zdt on another database": Kind(zdt_elsewhere, databases=("default", "other")),
    "FORCE_SCRIPT_NAME": Kind(setting('FORCE_SCRIPT_NAME = "/intern"')),
    "an included prefix": Kind(after=under_a_prefix),
    "German": Kind(setting('LANGUAGE_CODE = "de"\nUSE_I18N = True\nUSE_THOUSAND_SEPARATOR = True')),
    "django-unfold": Kind(setting('INSTALLED_APPS.insert(0, "unfold")')),
    "django-jazzmin": Kind(setting('INSTALLED_APPS.insert(0, "jazzmin")')),
}
