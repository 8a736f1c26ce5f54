import os
import pwd

import pytest

from zdt_core import logins


def test_the_environment_does_not_say_who_runs_this(monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "bob")

    assert logins.current() == pwd.getpwuid(os.getuid()).pw_name


def test_a_container_user_without_a_name_is_unknown(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 5)

    assert logins.current() == "unknown"


@pytest.mark.parametrize(
    ("kept", "name"), [("0", "root"), ("4294967295", ""), ("2147483643", ""), ("?", ""), (None, "")]
)
def test_linux_keeps_who_signed_in(monkeypatch, tmp_path, kept, name):
    monkeypatch.setattr(logins, "_SIGNED_IN", tmp_path / "loginuid")
    if kept is not None:
        (tmp_path / "loginuid").write_text(kept)

    assert logins.signed_in() == name
