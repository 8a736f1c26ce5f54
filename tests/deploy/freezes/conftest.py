import pytest

from zdt_core import logins
from zdt_core.events import Actor
from zdt_deploy.freezes.people import Who


@pytest.fixture
def ada():
    """Asks for things."""
    return Who(Actor("user", "ada"), "ada")


@pytest.fixture
def bob():
    """Another person."""
    return Who(Actor("user", "bob"), "bob")


@pytest.fixture
def own_login(monkeypatch):
    """Who runs a command has a login of their own; returns a function that says which."""

    def be(login, signed_in=""):
        monkeypatch.setattr(logins, "current", lambda: login)
        monkeypatch.setattr(logins, "signed_in", lambda: signed_in)

    be("ada")
    return be
