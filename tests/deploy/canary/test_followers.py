"""Has every router seen the share? Nobody is assumed to."""

from types import SimpleNamespace

import pytest

from zdt_core.fleet.standing import Standing
from zdt_deploy.canary.followers import count, have_arrived, have_returned

NAME = "share:shop"


def process(instance, epoch=None, standing=Standing.LIVE, role="web", **proxy):
    return SimpleNamespace(
        instance=instance, role=role, standing=standing, facts={"proxy": proxy} if proxy else {},
        acknowledged={} if epoch is None else {NAME: epoch},
    )  # fmt: skip


def found(*members, leaving=""):
    return count(members, NAME, 7, leaving)


followed = process("a", 7)
newer = process("b", 8)
behind = process("c", 6)
mute = process("d")
silent = process("e", 6, Standing.SILENT)
silent_but_followed = process("f", 7, Standing.SILENT)
gone = process("g", 6, Standing.GONE)
worker = process("h", 6, role="worker")
mute_router = process("i", role="router")


def test_processes_are_told_apart_by_what_is_known_of_them():
    facts = found(followed, newer, behind, mute, silent, silent_but_followed, gone, worker).facts()
    assert facts == {"followed": 2, "behind": ["b", "c"], "unheard": ["e"], "mute": 1}


def test_any_epoch_will_do_where_none_is_published_any_more():
    assert count([newer, behind, process("j", -1)], NAME, 0).facts()["behind"] == ["j"]


@pytest.mark.parametrize(
    ("members", "at_once", "after_the_refresh"),
    [
        ([followed, silent_but_followed], True, True),
        ([followed, newer], False, False),
        ([followed, gone, worker], True, True),
        ([followed, behind], False, False),
        ([behind], False, False),
        ([followed, mute], False, True),
        ([followed, mute_router], False, False),
        ([followed, silent], False, True),
        ([], False, True),
    ],
    ids=[
        "all",
        "one of a past that is lost",
        "gone and others",
        "one behind",
        "behind",
        "mute",
        "a mute router",
        "silent",
        "nobody",
    ],
)
def test_a_share_arrives_when_all_say_so_or_must_have_looked(members, at_once, after_the_refresh):
    assert have_arrived(found(*members), 5, 15) is at_once
    assert have_arrived(found(*members), 15.1, 15) is after_the_refresh


def test_a_silent_process_may_hold_the_old_share_until_that_has_lapsed():
    assert not have_returned(found(followed, silent), 100, 15, lapsed=False)
    assert have_returned(found(followed, silent), 100, 15, lapsed=True)
    assert have_returned(found(followed, gone), 5, 15, lapsed=False)


def test_a_proxy_that_holds_a_share_goes_on_without_its_agent():
    """So a rollback is not over because the agent has been dead for long."""
    holding = process("j", 6, Standing.GONE, role="router", holds="2.0")
    older = process("k", 6, Standing.GONE, role="router", holds="1.0")
    ending = process("l", 6, Standing.GONE, role="router", holds="")
    obeyed = process("m", 7, Standing.GONE, role="router", holds="2.0")

    left = found(followed, holding, leaving="2.0")
    assert left.unheard == ("j",)
    assert not have_returned(left, 1000, 15, lapsed=False)
    assert have_returned(found(followed, older, ending, obeyed, leaving="2.0"), 5, 15, lapsed=False)
    assert found(followed, holding).unheard == (), "nobody is taken back"


def test_a_live_process_that_is_behind_keeps_a_rollback_open():
    assert not have_returned(found(followed, behind), 1000, 15, lapsed=True)
