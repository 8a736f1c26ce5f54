"""What runs until it is stopped starts on broken ground, too, and says what it waits for."""

import pytest
from django.core.management import call_command
from django.db import connection

from zdt_core import fleet
from zdt_core.jobs import ticker


@pytest.fixture
def start(monkeypatch, capsys):
    """Starts a ticker that ends at once; what it said on stderr."""
    monkeypatch.setattr(fleet, "join", lambda role: None, raising=False)
    monkeypatch.setattr(fleet, "leave", lambda: None, raising=False)
    monkeypatch.setattr(ticker, "run", lambda: None)
    monkeypatch.setattr("zdt_core.jobs.stopping.install", lambda: None)

    def start():
        call_command("zdt_ticker")
        return capsys.readouterr().err

    return start


@pytest.mark.django_db
def test_on_good_ground_it_says_nothing(start):
    assert start() == ""


@pytest.mark.django_db
def test_before_migrate_it_says_to_migrate(start):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE zdt_core_run")

    assert "zdt_ticker: Tables are missing (zdt_core); run `manage.py migrate`." in start()


@pytest.mark.django_db
def test_without_redis_it_says_so(start, settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"

    assert "Redis does not answer" in start()


def test_without_postgresql_it_says_so(start, monkeypatch, django_db_setup, django_db_blocker):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    with django_db_blocker.unblock():
        said = start()

    assert "PostgreSQL does not answer" in said
    assert said.endswith("It waits until that is so.\n")
