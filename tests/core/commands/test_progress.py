"""A bar on a terminal, lines elsewhere."""

import io

import pytest
from django.core.management.base import OutputWrapper

from zdt_core.commands.progress import Bar, Lines


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_bar_stays_on_its_line_and_is_gone_at_the_end():
    screen, clock = io.StringIO(), Clock()
    with Bar(OutputWrapper(screen), clock) as bar:
        clock.now = 3661
        bar.at(0.25, "of users on 2.0")
    _, first, last = screen.getvalue().split("\r")

    assert first == "█████░░░░░░░░░░░░░░░  25%  01:01:01  of users on 2.0\x1b[K"
    assert last == "\x1b[K"
    assert "\n" not in screen.getvalue()


def test_a_line_that_stays_comes_before_the_bar():
    screen = io.StringIO()
    bar = Bar(OutputWrapper(screen))
    bar.at(0.5, "half")
    bar.say("news")

    assert screen.getvalue().endswith("\r\x1b[Knews\n")


@pytest.mark.parametrize("share", [-1, 2])
def test_a_bar_is_never_over_full(share):
    screen = io.StringIO()
    Bar(OutputWrapper(screen)).at(share, "")

    assert screen.getvalue().count("█") + screen.getvalue().count("░") == 20


def test_a_bar_is_no_wider_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    screen = io.StringIO()
    Bar(OutputWrapper(screen)).at(0.5, "x" * 100)

    assert len(screen.getvalue().strip("\r").removesuffix("\x1b[K")) == 39


def test_lines_tell_what_is_new_and_not_too_often():
    lines, clock = [], Clock()
    progress = Lines(lines.append, every=10, clock=clock)
    for clock.now, text in ((0, "3 left"), (1, "2 left"), (11, "1 left"), (30, "1 left")):
        progress.at(0.5, text)
    progress.say("done")

    assert lines == ["3 left", "1 left", "done"]


def test_a_bar_is_for_terminals_only(outcome):
    kinds = []
    outcome(lambda command: kinds.append(type(command.progress())))

    assert kinds == [Lines]
