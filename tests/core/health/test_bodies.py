import json

from zdt_core.health import bodies
from zdt_core.health.board import Answer

GOOD = Answer(True, "", 1.2, {})
BAD = Answer(False, "ConnectionError", 3.4, {})


def test_the_deep_answer_has_the_reference_shape():
    body = bodies.deep(
        {
            "database": (GOOD, True),
            "redis": (GOOD, True),
            "external_api": (Answer(True, "", 80.5, {"status": 200}), False),
        },
        "2026-01-01T00:00:00+00:00",
    )

    assert body == {
        "status": "healthy",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "checks": {
            "database": {"healthy": True, "latency": 1.2},
            "redis": {"healthy": True, "latency": 1.2},
            "external_api": {"healthy": True, "latency": 80.5, "status": 200},
        },
    }
    json.dumps(body)


def test_only_critical_checks_make_it_unhealthy():
    assert bodies.deep({"a": (BAD, False), "b": (GOOD, True)}, "t")["status"] == "healthy"
    assert bodies.deep({"a": (BAD, True), "b": (GOOD, True)}, "t")["status"] == "unhealthy"


def test_a_failure_shows_its_class():
    assert bodies.deep({"a": (BAD, True)}, "t")["checks"]["a"] == {
        "healthy": False,
        "latency": 3.4,
        "error": "ConnectionError",
    }


def test_readiness_has_the_reference_shape():
    answered = {"database": (GOOD, True), "redis": (BAD, True), "external_api": (BAD, False)}

    assert bodies.ready(answered, is_ready=True) == {"ready": True}
    assert bodies.ready(answered, is_ready=False) == {
        "ready": False,
        "database": True,
        "cache": False,
    }


def test_a_sites_own_critical_check_is_named_in_readiness():
    answered = {"database": (GOOD, True), "redis": (GOOD, False), "search": (BAD, True)}

    assert bodies.ready(answered, is_ready=False) == {
        "ready": False,
        "database": True,
        "cache": True,
        "search": False,
    }


def test_started_is_who_has_run_everything_once_whatever_came_of_it():
    assert bodies.started([GOOD, BAD])
    assert not bodies.started([GOOD, Answer(False, "pending")])
