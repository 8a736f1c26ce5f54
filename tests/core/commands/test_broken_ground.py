"""Every command on broken ground: typed as in a shell, one line on stderr, the right exit code."""

import shlex

import pytest
from django.core.management import get_commands, load_command_class
from django.db import connection

from tests.core.commands.test_every_command import ALL, examples

ENDLESS = ("zdt_worker", "zdt_ticker", "zdt_edge", "zdt_traffic_agent follow")
WITHOUT_A_DATABASE = (
    "zdt_traffic_agent configure", "zdt_notify test", "zdt_token scopes", "zdt_schema new",
    "zdt_schema next", "zdt_preflight items",
)  # fmt: skip

TYPED = [
    line
    for typed, parser in ALL.items()
    if not typed.startswith(ENDLESS)
    for line in examples(parser)[:1]
]
ASKING = [
    line for line in TYPED if not line.removeprefix("manage.py ").startswith(WITHOUT_A_DATABASE)
]


@pytest.fixture
def shell(capsys, monkeypatch, tmp_path):
    """Types a line: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").touch()
    monkeypatch.setattr("django.core.management.base.connections.close_all", lambda: None)

    def shell(line):
        program, name, *rest = shlex.split(line, comments=True)
        try:
            load_command_class(get_commands()[name], name).run_from_argv([program, name, *rest])
            code = 0
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return shell


@pytest.fixture
def no_server(monkeypatch, django_db_setup, django_db_blocker):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    with django_db_blocker.unblock():
        yield
    connection.close()


@pytest.mark.parametrize("line", ASKING)
def test_without_postgresql_it_is_2_and_says_what_to_look_at(shell, no_server, line):
    code, out, err = shell(line)

    assert code == 2
    told = out if "zdt_doctor" in line else err
    assert "onnection refused" in told
    assert "See whether PostgreSQL runs" in told
    assert err.count("\n") <= 1
    assert "Traceback" not in err


@pytest.mark.django_db
@pytest.mark.parametrize("line", [line for line in ASKING if "zdt_migrate" not in line])
def test_before_migrate_it_is_2_and_says_to_migrate(shell, line):
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    code, out, err = shell(line)

    assert code == 2
    assert "`manage.py migrate`" in (out if "zdt_doctor" in line else err)
    assert err.count("\n") <= 1


@pytest.mark.django_db
@pytest.mark.parametrize("line", TYPED)
def test_a_wrong_setting_is_2_and_named(shell, settings, line):
    settings.ZDT_REDIS_TIMEOUT = "soon"
    code, out, err = shell(line)

    if "zdt_doctor" in line:
        assert "ZDT_REDIS_TIMEOUT must be of type float" in out
        return
    assert code == 2
    assert "ZDT_REDIS_TIMEOUT must be of type float, got 'soon'." in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("typed", ALL)
def test_bad_usage_is_2_in_one_line(shell, typed):
    code, out, err = shell(f"manage.py {typed} --no-such-option")

    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "--help`." in err


@pytest.mark.django_db
@pytest.mark.parametrize(
    "line",
    [
        "zdt_fleet drain nobody",
        "zdt_drain --instance nobody",
        "zdt_flag kill nothing",
        "zdt_deployment status",
        "zdt_deployment rollback deploy-never",
        "zdt_deployment start 2.0",
        "zdt_backfill show nothing",
        "zdt_backfill run nothing",
        "zdt_audit export --output there",
    ],
)
def test_a_refusal_is_1_in_one_line(shell, line):
    code, _out, err = shell(f"manage.py {line}")

    assert code == 1
    assert err.startswith(f"{line.split()[0]}: ")
    assert err.count("\n") == 1


@pytest.mark.django_db
def test_a_word_that_no_terminal_knows_is_still_shown(shell, monkeypatch, tmp_path):
    import io
    import sys

    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    shell("manage.py zdt_flag list")
    screen.flush()

    assert screen.buffer.getvalue()
