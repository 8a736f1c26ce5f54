"""ZDT_* settings: typed, documented, read lazily.

An app declares its settings as class attributes::

    class CoreSettings(Settings):
        REGION = Setting(str, "default", "Where this process runs.")

    conf = CoreSettings()

``conf.REGION`` then reads ``settings.ZDT_REGION`` at every access, so `override_settings` works,
and raises `ConfigurationError` where the value has the wrong type, unless it is forgiving.
`declared()` lists every setting for the system checks and the documentation.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from django.conf import settings as django_settings

from zdt_core.exceptions import ConfigurationError

T = TypeVar("T")
logger = logging.getLogger("zdt.settings")
_declared: dict[str, Setting[Any]] = {}
_told: set[str] = set()


class Setting(Generic[T]):
    """One ``ZDT_*`` setting: its type, default, help text, and an optional validator.

    The validator takes the value and returns a complaint, or None when all is well.
    A number setting takes ints and floats alike; ``None`` passes where it is the default. The
    value of a ``secret`` is never shown. One that every request reads is ``forgiving``: where its
    value is wrong, the site is served with the default, and the log and `manage.py check` say so.
    """

    def __init__(
        self,
        kind: type[T],
        default: T,
        help: str,
        validate: Callable[[T], str | None] | None = None,
        *,
        secret: bool = False,
        forgiving: bool = False,
    ) -> None:
        self.kind, self.default, self.help, self.validate = kind, default, help, validate
        self.secret, self.forgiving = secret, forgiving
        self.name = ""

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.name = f"ZDT_{attribute}"
        _declared[self.name] = self

    @overload
    def __get__(self, instance: None, owner: type) -> Setting[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Setting[T] | T:
        if instance is None:
            return self
        value = getattr(django_settings, self.name, self.default)
        complaint = self.complaint(value)
        if complaint is None:
            return value
        if not self.forgiving:
            raise ConfigurationError(complaint)
        if complaint not in _told:
            _told.add(complaint)
            logger.error("%s The default is used: %r", complaint, self.default)
        return self.default

    def complaint(self, value: Any) -> str | None:
        """What is wrong with ``value``, as a sentence that names the setting; None if nothing."""
        if value is None and self.default is None:
            return None
        if not self._fits(value):
            got = f"a {type(value).__name__}" if self.secret else repr(value)
            return f"{self.name} must be of type {self.kind.__name__}, got {got}."
        problem = self.validate(value) if self.validate else None
        return f"{self.name} {problem}" if problem else None

    def _fits(self, value: Any) -> bool:
        if isinstance(value, bool) and self.kind is not bool:
            return False
        if self.kind is float:
            return isinstance(value, (int, float))
        return isinstance(value, self.kind)


class Settings:
    """Base of an app's settings; see the module."""


def declared() -> dict[str, Setting[Any]]:
    """Every declared setting by its full name."""
    return dict(_declared)


def positive(value: float) -> str | None:
    return None if value > 0 else f"must be above 0, got {value!r}."


def not_negative(value: float) -> str | None:
    return None if value >= 0 else f"must not be below 0, got {value!r}."


def _path_prefix(value: str) -> str | None:
    if re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", value):
        return None
    return f"must be a path such as /health, without a slash at the end, got {value!r}."


def _token(value: str | None) -> str | None:
    if value is None or len(value) >= 16:
        return None
    return "must be 16 characters or longer. Make one with `openssl rand -hex 32`."


def _absolute_path(value: str | None) -> str | None:
    if value is None or value.startswith("/"):
        return None
    return f"must be an absolute path, got {value!r}."


def _urls(value: dict[str, str]) -> str | None:
    for name, url in value.items():
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            return f"must map names to http(s) URLs; {name!r} does not."
    return None


def _release_name(value: str | None) -> str | None:
    if value is None or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}", value):
        return None
    return (
        f"must be 1 to 40 letters, digits, dots, pluses, dashes or underscores, got {value!r}: "
        "it travels in cookies, headers, metric keys and connection names."
    )


def _label(value: str) -> str | None:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", value):
        return None
    return f"must be 1 to 40 letters, digits, dots, dashes or underscores, got {value!r}."


def _level(value: str) -> str | None:
    if value in ("WARNING", "ERROR", "CRITICAL"):
        return None
    return f"must be 'WARNING', 'ERROR' or 'CRITICAL', got {value!r}."


CONSOLE_COLOURS = ("red", "orange", "green", "blue", "violet", "grey")


def _colours(value: dict[str, str]) -> str | None:
    for environment, colour in value.items():
        if colour not in CONSOLE_COLOURS:
            known = ", ".join(CONSOLE_COLOURS)
            return f"gives {environment!r} the colour {colour!r}; there are {known}."
    return None


class CoreSettings(Settings):
    """Settings of zdt_core."""

    VERSION = Setting[str | None](
        str,
        None,
        "The release that this process runs, such as a tag or a commit. Required.",
        _release_name,
        forgiving=True,
    )
    SERVICE = Setting(
        str, "default", "The service this site is, where a fleet runs several.", _label
    )
    ENVIRONMENT = Setting(str, "production", "The environment this process belongs to.", _label)
    REGION = Setting(str, "default", "The region this process runs in.", _label)
    CONSOLE_COLOURS = Setting[dict[str, str]](
        dict,
        {},
        "The colour of each environment's strip in the console, such as {'production': 'red'}: "
        "red, orange, green, blue, violet or grey.",
        _colours,
    )
    TRACK = Setting(
        str,
        "",
        "What this process is during a release: 'stable', 'canary', or '' for unknown.",
        forgiving=True,
    )
    DATABASE = Setting(str, "default", "The database alias that holds zdt's tables.")
    DIRECT_DATABASE = Setting[str | None](
        str,
        None,
        "An alias that reaches PostgreSQL without a transaction pooler, for session locks and "
        "DDL. Defaults to ZDT_DATABASE.",
    )
    REDIS_URL = Setting[str | None](
        str,
        None,
        "Redis or Valkey for heartbeats, metrics and doorbells. Defaults to the URL of "
        "RQ_QUEUES['zdt'].",
    )
    REDIS_TIMEOUT = Setting(float, 1.0, "Seconds a call to Redis may take.", positive)
    METRICS_WINDOW = Setting(
        int, 10, "Length of a metric window in seconds; the same in the whole fleet.", positive
    )
    METRICS_FLUSH_SECONDS = Setting(
        float, 1.0, "Seconds between two flushes of a process's metrics to Redis.", positive
    )
    METRICS_GRACE = Setting(
        float, 2.0, "Seconds after its end in which a window still takes late flushes.", positive
    )
    METRICS_BACKLOG_SECONDS = Setting(
        float,
        600.0,
        "Seconds for which a process keeps metrics that Redis does not take.",
        positive,
    )

    OBSERVE = Setting(
        bool,
        True,
        "Group logged errors and time the queries of requests, so that releases can be compared. "
        "Read when a process starts.",
        forgiving=True,
    )
    OBSERVE_LEVEL = Setting(
        str,
        "ERROR",
        "The least level of the log records that are grouped: WARNING, ERROR or CRITICAL.",
        _level,
        forgiving=True,
    )
    OBSERVE_IGNORE = Setting[list[str]](
        list,
        ["django.security.DisallowedHost"],
        "Names of loggers whose records are not grouped.",
        forgiving=True,
    )
    OBSERVE_SAMPLES = Setting(
        bool,
        True,
        "Keep one message of each pattern, with what looks like a secret masked.",
        forgiving=True,
    )

    FLEET_BEAT_SECONDS = Setting(
        float, 5.0, "Seconds between two beats of a process, varied by 20 %.", positive
    )
    FLEET_SILENT_AFTER = Setting(
        float, 15.0, "Seconds without a beat after which a process is silent.", positive
    )
    FLEET_GONE_AFTER = Setting(
        float,
        600.0,
        "Seconds without a beat, and without a PostgreSQL session of its name, after which a "
        "process is gone.",
        positive,
    )
    FLEET_KEEP_DAYS = Setting(
        float, 7.0, "Days after which the row of a process that left is forgotten.", positive
    )

    HEALTH_PREFIX = Setting(
        str,
        "/health",
        "Where the health endpoints are, below SCRIPT_NAME.",
        _path_prefix,
        forgiving=True,
    )
    HEALTH_INTERVAL = Setting(
        float,
        2.0,
        "Seconds between two runs of a health check in a process.",
        positive,
        forgiving=True,
    )
    HEALTH_DEADLINE = Setting(
        float, 0.5, "Seconds a health check may take.", positive, forgiving=True
    )
    HEALTH_FAIL_AFTER = Setting(
        int, 3, "Failures in a row after which a check is unhealthy.", positive, forgiving=True
    )
    HEALTH_PASS_AFTER = Setting(
        int, 2, "Successes in a row after which a check is healthy again.", positive, forgiving=True
    )
    HEALTH_CRITICAL = Setting[list[str]](
        list,
        ["database", "redis"],
        "Which of 'database', 'redis' and the names in ZDT_HEALTH_URLS make a process unhealthy; "
        "the others are only shown.",
        forgiving=True,
    )
    HEALTH_URLS = Setting[dict[str, str]](
        dict,
        {},
        "External services to look at: {name: URL}. Not critical by default.",
        _urls,
        forgiving=True,
    )
    HEALTH_URLS_INTERVAL = Setting(
        float, 10.0, "Seconds between two calls to an external service.", positive, forgiving=True
    )
    HEALTH_URLS_DEADLINE = Setting(
        float, 2.0, "Seconds an external service may take to answer.", positive, forgiving=True
    )

    DRAIN_WAIT = Setting(
        float,
        25.0,
        "Seconds for which a draining process serves everything while its readiness fails, so that "
        "the balancer looks away before anything is refused.",
        not_negative,
        forgiving=True,
    )
    DRAIN_FINISH = Setting(
        float,
        30.0,
        "Seconds after that in which requests in flight may finish.",
        not_negative,
        forgiving=True,
    )
    DRAIN_GRACE = Setting(
        float,
        60.0,
        "Seconds that whatever runs this site leaves between SIGTERM and SIGKILL (systemd's "
        "TimeoutStopSec, Kubernetes' terminationGracePeriodSeconds). Only checked.",
        positive,
    )
    DRAIN_FILE = Setting[str | None](
        str,
        None,
        "The file whose existence makes this server drain; one path per server. Defaults to the "
        "environment's ZDT_DRAIN_FILE, which the gunicorn hooks choose, else to one per process.",
        _absolute_path,
        forgiving=True,
    )
    DRAIN_TOKEN = Setting[str | None](
        str,
        None,
        "The bearer token for /health/drain; without one the endpoint does not exist.",
        _token,
        secret=True,
    )
    LB_ACTIVE_CHECKS = Setting(
        bool,
        True,
        "Whether the balancer asks /health/ready by itself. False for Kubernetes, which takes a "
        "terminating pod out without asking it.",
    )
    LB_INTERVAL = Setting(float, 5.0, "Seconds between two checks of the balancer.", positive)
    LB_FALL = Setting(int, 3, "Failed checks after which the balancer looks away.", positive)
    LB_TIMEOUT = Setting(float, 2.0, "Seconds a check of the balancer may take.", positive)


conf = CoreSettings()
