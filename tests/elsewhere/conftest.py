"""One environment and one pair of servers for all foreign projects of a run."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.services import Services
from tests.elsewhere.place import Place, Project

THEMES = ("django-unfold", "django-jazzmin")


@pytest.fixture(scope="package")
def place() -> Iterator[Place]:
    """Outside of the checkout; the packages that a project beside zdt would have are there."""
    with tempfile.TemporaryDirectory(prefix="zdt-elsewhere-") as folder:
        place = Place(Path(folder)).build()
        place.install("psycopg[binary]", "gunicorn", *THEMES)
        yield place


@pytest.fixture(scope="package")
def servers() -> Iterator[Services]:
    with Services.private() as services:
        yield services


_numbers = itertools.count()


@pytest.fixture
def new_project(place: Place, servers: Services) -> Iterator[Callable[[], Project]]:
    """Makes a project by `django-admin startproject`; it ends with the test."""
    made: list[Project] = []

    def make() -> Project:
        number = next(_numbers)
        project = Project(place, servers, f"project_{number}", number)
        made.append(project)
        return project.__enter__()

    yield make
    for project in made:
        project.__exit__(None, None, None)
