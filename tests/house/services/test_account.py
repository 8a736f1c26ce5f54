import os
import pwd

import pytest

from demo.services import ServicesError, account


def as_root(monkeypatch, *users: str) -> None:
    def getpwnam(name):
        if name not in users:
            raise KeyError(name)
        return pwd.struct_passwd((name, "x", 1234, 5678, "", "/", "/bin/false"))

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", getpwnam)


def test_an_ordinary_user_stays_who_it_is(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert account.unprivileged().options == {}


@pytest.mark.parametrize("users", [("postgres", "nobody"), ("nobody",)])
def test_root_becomes_the_first_stand_in(monkeypatch, users):
    as_root(monkeypatch, *users)
    chosen = account.unprivileged()

    assert chosen.name == users[0]
    assert chosen.options == {"user": 1234, "group": 5678, "extra_groups": []}


def test_root_without_a_stand_in_is_told_the_ways_out(monkeypatch):
    as_root(monkeypatch)

    with pytest.raises(ServicesError, match=r"useradd --system postgres.*DATABASE_URL"):
        account.unprivileged()


def test_a_folder_below_a_closed_one_cannot_be_entered(tmp_path):
    stranger = account.Account("stranger", 54321, 54321, switch=True)
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    tmp_path.chmod(0o755)
    (tmp_path / "closed").chmod(0o700)

    assert not stranger.may_enter(inner)
    (tmp_path / "closed").chmod(0o711)
    assert stranger.may_enter(inner) == stranger.may_enter(tmp_path)


def test_root_may_enter_everywhere(tmp_path):
    tmp_path.chmod(0o700)
    owner = account.Account("", tmp_path.stat().st_uid, 0, switch=False)

    assert owner.may_enter(tmp_path)
