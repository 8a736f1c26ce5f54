"""`new` and `next`: migration files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.schema.writing import beginning
from zdt_deploy.schema.writing.beginning import Written
from zdt_deploy.schema.writing.recipes import RECIPES

_OPTIONS = ("field", "up", "down", "overflow", "lossy", "acknowledge")
_LATER = {
    "expand": "Then deploy. When `zdt_schema status` says verified, write the next release's step:",
    "switch": "Then deploy, and in a later release, once this one will not go back, write:",
}


def add_new_arguments(parser: CommandParser) -> None:
    known = "; ".join(f"{recipe.word}: {recipe.does}" for recipe in RECIPES.values())
    parser.add_argument(
        "change", choices=list(RECIPES), metavar="CHANGE", help=f"What to change: {known}."
    )
    parser.add_argument("model", metavar="APP.MODEL", help="The model, such as shop.User.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="Names of fields, as the change takes them."
    )
    parser.add_argument(
        "--field", metavar="FIELD", action="append",
        help="The new field as in models.py: 'models.BigIntegerField(db_column=\"total_big\")'; "
        "for split and merge NAME=FIELD, once for each.",
    )  # fmt: skip
    parser.add_argument(
        "--up", metavar="SQL", action="append",
        help="How the new column is made of the old ones, in braces: {name}; for split NAME=SQL.",
    )  # fmt: skip
    parser.add_argument(
        "--down", metavar="SQL", action="append",
        help="How the old column is made of the new ones; for merge NAME=SQL.",
    )  # fmt: skip
    parser.add_argument(
        "--overflow", metavar="WHAT",
        help="What becomes of values that the old type can't hold: raise, null, clamp or stop.",
    )  # fmt: skip
    parser.add_argument(
        "--lossy", action="store_true",
        help="The conversion may lose something, such as the end of a text.",
    )  # fmt: skip
    parser.add_argument(
        "--acknowledge", metavar="TRIGGER", action="append",
        help="A trigger or rule of yours that does the same with both columns.",
    )  # fmt: skip
    _add_name(parser)


def add_next_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "key",
        nargs="?",
        metavar="KEY",
        help="The change, or a part of its key; not needed where only one is begun.",
    )
    _add_name(parser)


def _add_name(parser: CommandParser) -> None:
    parser.add_argument("--name", default="", metavar="NAME", help="The migration's name.")


def new(command: ZdtCommand, options: dict[str, Any]) -> int:
    recipe, names = RECIPES[options["change"]], options["names"]
    endless = recipe.takes[-1:] == ("FIELD…",)
    if len(names) != len(recipe.takes) and not (endless and len(names) > len(recipe.takes)):
        takes = " ".join(("APP.MODEL", *recipe.takes))
        command.fail(f"`new {recipe.word}` takes {takes}.", 2)
    more = {name: options[name] for name in _OPTIONS}
    written = beginning.begin(recipe.word, options["model"], names, more, name=options["name"])
    return _tell(command, written)


def next_(command: ZdtCommand, options: dict[str, Any]) -> int:
    return _tell(command, beginning.go_on(options["key"], name=options["name"]))


def _tell(command: ZdtCommand, written: Written) -> int:
    command.say(command.paint("good", f"Written: {_shown(written.path)}"))
    command.say(written.advice)
    for line in written.left:
        command.say(command.paint("warn", f"models.py still differs: {line}"))
    if written.step in _LATER:
        command.say(_LATER[written.step])
        command.say(f"    manage.py zdt_schema next '{written.key}'")
    command.answer(
        {
            "path": str(written.path),
            "change": written.key,
            "step": written.step,
            "advice": written.advice,
            "models_differ": written.left,
        }
    )
    return 0


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
