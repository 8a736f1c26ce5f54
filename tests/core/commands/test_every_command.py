"""The manners of all zdt commands: help, examples, bad usage. What needs a shell is in system."""

import argparse
import shlex

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from zdt_core.commands import ZdtCommand

NAMES = sorted(name for name in get_commands() if name.startswith("zdt_"))


def command(name):
    return load_command_class(get_commands()[name], name)


def parsers(name):
    """The parser of a command, and those of its words: {typed words: parser}."""
    main = command(name).create_parser("manage.py", name)
    below = [a for a in main._actions if isinstance(a, argparse._SubParsersAction)]
    words = below[0].choices if below else {}
    return {name: main} | {f"{name} {word}": parser for word, parser in words.items()}


ALL = {typed: parser for name in NAMES for typed, parser in parsers(name).items()}


def examples(parser):
    lines = (parser.epilog or "").splitlines()
    return [line.strip() for line in lines if line.startswith("  ")]


def test_there_are_commands():
    assert {"zdt_deployment", "zdt_doctor", "zdt_drain", "zdt_fleet", "zdt_flag"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_our_manners(name):
    assert isinstance(command(name), ZdtCommand)


@pytest.mark.parametrize("typed", ALL)
def test_the_help_says_what_it_does_and_shows_examples(typed):
    parser = ALL[typed]

    assert parser.description
    assert parser.description.strip().endswith((".", ")"))
    assert examples(parser), "no examples"
    assert "exit codes:" in parser.epilog
    assert parser.format_help()


@pytest.mark.parametrize(
    ("typed", "line"), [(typed, line) for typed in ALL for line in examples(ALL[typed])]
)
def test_its_examples_can_be_typed(typed, line):
    program, name, *rest = shlex.split(line, comments=True)

    assert (program, name) == ("manage.py", typed.split()[0])
    command(name).create_parser("manage.py", name).parse_args(rest)


@pytest.mark.parametrize("typed", ALL)
def test_every_option_says_what_it_is_for(typed):
    mute = [a.dest for a in ALL[typed]._actions if a.help is None and not a.choices]

    assert mute == []


@pytest.mark.parametrize("typed", ALL)
def test_an_option_means_the_same_everywhere(typed):
    meant = {
        "--reason": "Why, for the record.", "--service": "service", "--environment": "environment",
        "--limit": "How many at most", "--json": "Print one JSON object", "--all": "",
    }  # fmt: skip
    for action in ALL[typed]._actions:
        for option in set(action.option_strings) & set(meant):
            assert meant[option] in (action.help or "")


@pytest.mark.parametrize("name", NAMES)
def test_bad_usage_is_2_in_one_line(name):
    with pytest.raises(CommandError) as wrong:
        command(name).create_parser("manage.py", name).parse_args(["--no-such-option"])

    assert wrong.value.returncode == 2
    assert "\n" not in str(wrong.value)


def test_the_nearest_word_is_named():
    with pytest.raises(CommandError, match=r"Did you mean start\?"):
        command("zdt_deployment").create_parser("manage.py", "x").parse_args(["strat", "2.0"])
