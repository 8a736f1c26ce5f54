"""The reference, written from the code's own tables. Each part is a function without arguments."""

from __future__ import annotations

import ast
import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
APPS = ("zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit")

PUBLIC = (
    "zdt_core.health.HealthMiddleware",
    "zdt_core.health.check",
    "zdt_core.drain.DrainMiddleware",
    "zdt_core.drain.asgi.lifespan",
    "zdt_core.metering.MeteringMiddleware",
    "zdt_core.metering.count",
    "zdt_core.fleet.join",
    "zdt_core.fleet.leave",
    "zdt_core.fleet.members",
    "zdt_core.fleet.strangers",
    "zdt_core.buckets.coarse",
    "zdt_core.buckets.within",
    "zdt_core.jobs.task",
    "zdt_core.jobs.start",
    "zdt_core.jobs.Slice",
    "zdt_core.jobs.done",
    "zdt_core.jobs.again",
    "zdt_core.events.record",
    "zdt_core.events.Actor",
    "zdt_core.access.token_required",
    "zdt_core.notify.send",
    "zdt_core.outbound.request",
    "zdt_core.doctor.findings",
    "zdt_core.doctor.Finding",
    "zdt_flags.is_enabled",
    "zdt_flags.explain",
    "zdt_flags.flag_required",
    "zdt_flags.FlagsMiddleware",
    "zdt_flags.testing.override_flags",
    "zdt_deploy.canary.CanaryMiddleware",
    "zdt_deploy.canary.service_url",
    "zdt_deploy.canary.service_headers",
    "zdt_deploy.canary.DeploymentLogFilter",
    "zdt_deploy.preflight.item",
    "zdt_deploy.preflight.by_hand",
    "zdt_deploy.preflight.leave_out",
    "zdt_deploy.preflight.passed",
    "zdt_deploy.preflight.failed",
    "zdt_deploy.preflight.unknown",
    "zdt_deploy.preflight.not_applicable",
    "zdt_deploy.backfills.backfill",
    "zdt_deploy.backfills.sql",
    "zdt_audit.record",
)
"""What a site may import; the rest may change between two releases."""


def load_django() -> None:
    """The sample site's apps; nothing of it is started, and no server is asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    import django

    django.setup()


# ---- settings ----


def settings() -> str:
    from zdt_core import conf

    found = {}
    for name, setting in sorted(conf.declared().items()):
        found.setdefault(_home(setting), []).append(_setting(name, setting))
    heads = ("setting", "type", "default", "what it does")
    return "\n\n".join(f"## {app}\n\n{_table(heads, found[app])}" for app in APPS if app in found)


def _home(setting: Any) -> str:
    """The app that declares ``setting``."""
    from zdt_core.conf import Settings

    for kind in Settings.__subclasses__():
        if setting in vars(kind).values():
            return kind.__module__.partition(".")[0]
    return APPS[0]


def _setting(name: str, setting: Any) -> tuple[str, ...]:
    default = "" if setting.default is None else f"`{setting.default!r}`"
    return (f"`{name}`", setting.kind.__name__, default, str(setting.help))


# ---- commands ----


def commands() -> str:
    """The help of every command, as a terminal of 88 columns shows it."""
    os.environ.update(COLUMNS="88", NO_COLOR="1")
    return "\n\n".join(_command(name) for name in command_names())


def command_names() -> list[str]:
    from django.core.management import get_commands

    return sorted(name for name, app in get_commands().items() if app in APPS)


def _command(name: str) -> str:
    from django.core.management import get_commands, load_command_class

    command = load_command_class(get_commands()[name], name)
    parser = command.create_parser("manage.py", name)
    parts = [f"## {name}\n\n{_block(parser.format_help())}"]
    for word, below in _words(parser):
        parts.append(f"### {name} {word}\n\n{_block(below.format_help())}")
    return "\n\n".join(parts)


def _words(parser: Any) -> Iterator[tuple[str, Any]]:
    for action in parser._actions:
        if isinstance(action.choices, dict):
            yield from action.choices.items()


# ---- checks ----


def checks() -> str:
    rows = [(f"`{each['id']}`", each["text"], each["hint"]) for each in found_checks()]
    return _table(("id", "says", "what to do"), rows)


@cache
def found_checks() -> list[dict[str, str]]:
    """Every system check that the code may raise; what differs each time stands in ‹ ›."""
    found = {}
    for path, tree in _sources(naming='id="zdt_'):
        for function in _functions(tree):
            for call in _calls(function):
                if check := _check(call, Wording(path, function)):
                    found[check["id"]] = check
    return [found[name] for name in sorted(found)]


def _check(call: ast.Call, wording: Wording) -> dict[str, str] | None:
    given = {each.arg: each.value for each in call.keywords}
    name = given.get("id")
    if not (isinstance(name, ast.Constant) and str(name.value).startswith("zdt_")):
        return None
    return {
        "id": str(name.value),
        "text": wording.of(call.args[0]) if call.args else "",
        "hint": wording.of(given["hint"]) if "hint" in given else "",
    }


class Wording:
    """The text that expressions of a function make, as far as one can tell without running it."""

    def __init__(self, path: Path, function: ast.AST) -> None:
        self._module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        self._named = {
            node.targets[0].id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }

    def of(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.JoinedStr):
            return "".join(self.of(part) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            return self.of(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self.of(node.left) + self.of(node.right)
        if isinstance(node, ast.IfExp):
            return f"{self.of(node.body)} / {self.of(node.orelse)}"
        if isinstance(node, ast.Name):
            return self._of_name(node.id)
        if isinstance(node, ast.Call):
            return self._of_call(node)
        return _varying(node)

    def _of_name(self, name: str) -> str:
        if name.lstrip("_").isupper():
            return str(getattr(import_module(self._module), name, f"‹{name}›"))
        value = self._named.get(name)
        return self.of(value) if isinstance(value, _TEXTS) else f"‹{name}›"

    def _of_call(self, node: ast.Call) -> str:
        called = ast.unparse(node.func)
        if called in ("_", "gettext", "str") and node.args:
            return self.of(node.args[0])
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            return _fields(self.of(node.func.value))
        return _varying(node)


_TEXTS = (ast.JoinedStr, ast.Constant, ast.BinOp, ast.IfExp)


def _varying(node: ast.expr) -> str:
    return f"‹{ast.unparse(node)}›".replace("_", "\\_")


def _functions(tree: ast.Module) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


# ---- events, notifications, metrics ----


def events() -> str:
    from zdt_core import kinds

    rows = [(f"`{kind}`", str(text)) for kind, text in kinds.declared().items()]
    return _table(("kind", "what happened"), rows)


def notifications() -> str:
    from zdt_core.notify import topics

    rows = [
        (f"`{topic.kind}`", str(topic.severity), _fields(topic.title), _fields(topic.cure))
        for topic in sorted(topics.registered(), key=lambda topic: topic.kind)
    ]
    return _table(("kind", "severity", "text", "what to do"), rows)


def metrics() -> str:
    from zdt_core.metering import families

    rows = [
        (f"`{each.name}`", each.kind, ", ".join(each.labels), str(each.help))
        for each in families.declared()
    ]
    return _table(("metric", "type", "labels", "what it shows"), rows)


# ---- refusals and exceptions ----


def refusals() -> str:
    from zdt_core import messages

    import_module("zdt_core.urls")  # what only views say is registered with them
    rows = [(f"`{code}`", _fields(text)) for code, text in messages.registered().items()]
    return _table(("code", "sentence"), rows)


def exceptions() -> str:
    from zdt_core import exceptions

    rows = [
        (f"`zdt_core.exceptions.{name}`", (kind.__doc__ or "").strip().partition("\n\n")[0])
        for name, kind in vars(exceptions).items()
        if isinstance(kind, type) and issubclass(kind, exceptions.ZdtError)
    ]
    return _table(("exception", "meaning"), rows)


# ---- permissions and URLs ----


def permissions() -> str:
    return _table(
        ("permission", "lets somebody"), [(f"`{name}`", text) for name, text in granted()]
    )


def granted() -> list[tuple[str, str]]:
    """Every permission of the apps' models, and in words what it allows."""
    from django.apps import apps

    found = []
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            meta = model._meta
            for action in meta.default_permissions:
                name = f"{app}.{action}_{meta.model_name}"
                found.append((name, f"{action} {meta.verbose_name_plural}"))
            found += [(f"{app}.{code}", str(text)) for code, text in meta.permissions]
    return sorted(found)


def scopes() -> str:
    from zdt_core.access import scopes as known

    rows = [
        (f"`{each.name}`", str(each.meaning), ", ".join(f"`{name}`" for name in each.permissions))
        for each in known.known()
    ]
    return _table(("scope", "what a token may do", "what its maker must be allowed to do"), rows)


def urls() -> str:
    rows = [(f"`{path}`", text) for path, text in addresses()]
    return _table(("address", "what it answers"), rows)


def addresses() -> list[tuple[str, str]]:
    """Every address outside of the admin's own pages, as the docs mount it."""
    from zdt_core.conf import conf
    from zdt_core.health import endpoints

    health = [
        (path, _first(endpoint.__doc__))
        for path, endpoint in endpoints.endpoints(conf.HEALTH_PREFIX).items()
        if not path.endswith("/")
    ]
    found = [*_below("/admin/", "zdt_flags.urls"), *_below("/zdt/", "zdt_core.urls")]
    return [*health, *sorted(found)]


def _below(prefix: str, urlconf: str) -> Iterator[tuple[str, str]]:
    yield from _walk(prefix, import_module(urlconf).urlpatterns)


def _walk(prefix: str, patterns: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        address = prefix + _plain(str(pattern.pattern))
        if hasattr(pattern, "url_patterns"):
            yield from _walk(address, pattern.url_patterns)
        else:
            yield address, _of_api().get(address) or _first(pattern.callback.__doc__)


def _plain(pattern: str) -> str:
    """A regular expression of an address as people write it."""
    named = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern.removeprefix("^"))
    return named.replace("/?$", "/").removesuffix("$").replace("\\.", ".")


def _of_api() -> dict[str, str]:
    """What each address of the HTTP API does, by method, and the scope that it needs."""
    from zdt_deploy.deployments.api.endpoints import ENDPOINTS
    from zdt_deploy.deployments.api.urls import document

    found: dict[str, list[str]] = {"/zdt/api/openapi.json": [_first(document.__doc__)]}
    for each in ENDPOINTS:
        told = f"`{each.method}` ({each.scope}): {each.meaning}"
        found.setdefault(f"/zdt/api/{each.path}", []).append(told)
    return {address: " ".join(told) for address, told in found.items()}


# ---- Python ----


def python() -> str:
    parts = []
    for path in PUBLIC:
        module, _dot, name = path.rpartition(".")
        kind = "class" if inspect.isclass(getattr(import_module(module), name)) else "function"
        parts.append(f"## {path}\n\n```{{eval-rst}}\n.. auto{kind}:: {path}\n```")
    return "\n\n".join(parts)


# ---- writing ----


def _sources(*, naming: str) -> Iterator[tuple[Path, ast.Module]]:
    """The modules whose text has ``naming`` in it."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts and naming in (text := path.read_text()):
                yield path, ast.parse(text)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *(tuple(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    line = re.sub(r"\s+", " ", text).replace("|", "\\|").replace("``", "`")
    return "`".join(
        part if number % 2 else part.replace("<", "&lt;")  # within ` ` it is itself
        for number, part in enumerate(line.split("`"))
    )


def _fields(sentence: Any) -> str:
    """A sentence whose fields stand in ‹ ›, as in the other tables."""
    return re.sub(r"\{(\w+)\}", r"‹\1›", str(sentence))


def _first(docstring: str | None) -> str:
    return (docstring or "").strip().partition("\n\n")[0]


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"


PARTS: dict[str, Callable[[], str]] = {
    each.__name__: each
    for each in (
        settings, commands, checks, events, notifications, metrics, refusals, exceptions,
        permissions, scopes, urls, python,
    )
}  # fmt: skip
