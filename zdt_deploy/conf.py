"""Settings of zdt_deploy."""

from __future__ import annotations

from typing import Any

from zdt_core.conf import Setting, Settings, positive


def _canary_id(value: str) -> str | None:
    return None if value in ("cookie", "user") else f"must be 'cookie' or 'user', got {value!r}."


def _preflight(value: str) -> str | None:
    if value in ("off", "warn", "require"):
        return None
    return f"must be 'off', 'warn' or 'require', got {value!r}."


def _callbacks(value: list[str]) -> str | None:
    if all(isinstance(path, str) and _is_callback(path) for path in value):
        return None
    return "must be a list of dotted paths such as 'shop.alerts.rolled_back', and of https URLs."


def _is_callback(path: str) -> bool:
    return path.startswith(("https://", "http://")) if ":" in path else "." in path


class DeploySettings(Settings):
    """Settings of zdt_deploy."""

    CANARY_ID = Setting(
        str,
        "cookie",
        "What routes a visitor: 'cookie' is the id in zdt_id; 'user' is the signed-in user's id, "
        "else the session's key, at the price of loading both on every request.",
        _canary_id,
        forgiving=True,
    )
    CANARY_SERVICE = Setting[str | None](
        str,
        None,
        "The service whose split this process follows, for a gateway in front of another service. "
        "Defaults to ZDT_SERVICE.",
    )
    CANARY_LOG = Setting(
        bool, False, "Log each routing decision to 'zdt.canary' at INFO.", forgiving=True
    )
    LOG_PLAIN_ID = Setting(
        bool, False, "Let log records carry the plain id, not only its hash.", forgiving=True
    )
    COOKIE_SECURE = Setting(
        bool,
        False,
        "Mark zdt's cookies Secure also where the request does not look encrypted.",
        forgiving=True,
    )
    COOKIE_DOMAIN = Setting[str | None](str, None, "The domain of zdt's cookies.", forgiving=True)
    COOKIE_PATH = Setting(str, "/", "The path of zdt's cookies.", forgiving=True)
    COOKIE_AGE = Setting(
        int, 31_536_000, "Seconds for which a browser keeps zdt_id.", positive, forgiving=True
    )
    ROUTE_SECONDS = Setting(
        float, 1.0, "Seconds between two looks at the published share in Redis.", positive
    )
    ROUTE_TRUTH_SECONDS = Setting(
        float, 5.0, "Seconds between two looks at the published share in PostgreSQL.", positive
    )
    UPSTREAMS = Setting[dict[str, Any]](
        dict,
        {},
        "Base URLs by name and track: {'backend': {'stable': 'http://…', 'canary': 'http://…'}}.",
    )

    TRAFFIC = Setting[dict[str, Any]](
        dict,
        {},
        "Balancers of a cloud by alias: {'edge': {'BACKEND': 'alb', 'OPTIONS': {…}}}, or "
        "'gateway_api', or the dotted path of a class. See the how-to on balancers.",
        secret=True,
    )
    TRAFFIC_LOOK_SECONDS = Setting(
        float,
        10.0,
        "Seconds between two looks at a balancer of ZDT_TRAFFIC while a share is out; six times as "
        "many otherwise.",
        positive,
    )

    METRIC_SOURCE = Setting[dict[str, Any]](
        dict,
        {},
        "Where the monitor reads metrics: {} is the built-in source; 'kind' is 'prometheus', "
        "'datadog', 'cloudwatch', 'callable', or the dotted path of a class of your own, which the "
        "rest is given to; 'functions' are counters of your own beside any of them.",
        secret=True,
    )
    ROUTER_REFRESH_SECONDS = Setting(
        float,
        15.0,
        "The longest time that a router which acknowledges nothing goes on with an old share.",
        positive,
    )
    METRICS_KEEP_DAYS = Setting(
        float, 30.0, "Days for which metric windows of a deployment are kept.", positive
    )
    PREFLIGHT = Setting(
        str,
        "warn",
        "How much the checklist weighs at the start of a deployment: 'off' nothing, 'warn' how it "
        "stands is shown and recorded, 'require' nobody is sent to the new release while an item "
        "is failed or unknown.",
        _preflight,
    )
    ROLLBACK_CALLBACKS = Setting[list[str]](
        list,
        [],
        "What a rollback calls once traffic is on stable, at least once each: dotted paths of "
        "functions, called with deployment_id, region ('' where everyone goes back) and "
        "idempotency_key, and URLs, which get them by POST as JSON.",
        _callbacks,
        secret=True,
    )
    ROLLING_CALLBACKS = Setting[list[str]](
        list,
        [],
        "Who replaces the processes of a rolling deployment: dotted paths of functions, called "
        "with deployment_id, word ('pause' or 'resume') and idempotency_key, and URLs, which get "
        "them by POST as JSON; at least once a change.",
        _callbacks,
        secret=True,
    )
    ROLLBACK_ATTEMPTS = Setting(
        int, 8, "How often a rollback callback is tried before a person has to look.", positive
    )
    ROLLBACK_RETRY_SECONDS = Setting(
        float, 60.0, "The longest pause between two attempts; pauses double up to it.", positive
    )
    ROLLBACK_PATIENCE_SECONDS = Setting(
        float,
        900.0,
        "How long a rollback waits for every router to follow before a person has to look.",
        positive,
    )


conf = DeploySettings()
