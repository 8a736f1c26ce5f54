import logging

import pytest

from tests.deploy.canary import site
from tests.deploy.canary.splits import apply, key_in
from zdt_core import buckets
from zdt_deploy.canary import DeploymentLogFilter, logs
from zdt_deploy.canary.cookies import jar

pytestmark = [pytest.mark.usefixtures("no_split"), pytest.mark.urls("tests.deploy.canary.site")]


@pytest.fixture(autouse=True)
def site_settings(settings):
    settings.MIDDLEWARE = site.MIDDLEWARE
    settings.ZDT_VERSION = "1.0"
    settings.ZDT_TRACK = "stable"


@pytest.fixture
def records(caplog):
    """What the site and Django log, as a handler with the filter sees it."""
    seen = []
    handler = logging.Handler()
    handler.emit = seen.append
    handler.addFilter(DeploymentLogFilter())
    loggers = [logging.getLogger("tests.site"), logging.getLogger("django.request")]
    for logger in loggers:
        caplog.set_level(logging.INFO, logger.name)
        logger.addHandler(handler)
    yield seen
    for logger in loggers:
        logger.removeHandler(handler)


def visit(client, key, url="/orders/7"):
    client.cookies["zdt_id"] = jar().issue(key).cookie
    client.raise_request_exception = False
    return client.get(url)


def test_a_line_written_during_a_request_tells_its_visitor_and_release(client, records):
    apply(10)
    key = key_in(0, 10)
    visit(client, key)

    [record] = records
    assert record.zdt_release == "1.0"
    assert record.zdt_track == "canary"
    assert record.zdt_bucket == buckets.coarse(key)
    assert record.zdt_id_hash == logs.id_hash(key)
    assert record.zdt_id == ""
    assert record.zdt_endpoint == "/orders/<int:number>"


def test_a_line_that_django_writes_after_the_request_tells_it_too(client, records):
    visit(client, "alice", "/fail")

    [record] = records
    assert record.zdt_id_hash == logs.id_hash("alice")
    assert record.zdt_endpoint == "/fail"


def test_an_address_that_no_pattern_matches_is_told_by_its_path(client, records):
    visit(client, "alice", "/nowhere")

    assert records[0].zdt_endpoint == "/nowhere"


def test_the_plain_id_is_logged_only_when_asked_for(client, records, settings):
    settings.ZDT_LOG_PLAIN_ID = True
    visit(client, "alice")

    assert records[0].zdt_id == "alice"


def test_the_hash_tells_visitors_apart_and_cannot_be_guessed(settings):
    assert logs.id_hash("alice") == logs.id_hash("alice")
    assert logs.id_hash("alice") != logs.id_hash("bob")
    hashed = logs.id_hash("alice")
    settings.SECRET_KEY = "another"
    assert logs.id_hash("alice") != hashed


def test_a_line_outside_of_a_request_tells_what_the_process_is(client, records):
    visit(client, "alice")
    logging.getLogger("tests.site").warning("between requests")

    assert (
        vars(records[-1]).items()
        >= {
            "zdt_release": "1.0",
            "zdt_track": "stable",
            "zdt_bucket": "",
            "zdt_id_hash": "",
            "zdt_endpoint": "",
        }.items()
    )


def test_a_first_visit_has_no_id_to_tell(client, records):
    client.get("/orders/7")

    assert (records[0].zdt_id_hash, records[0].zdt_bucket) == ("", "")
