"""Attributes for OpenTelemetry and tags for Sentry, with the real libraries."""

import subprocess
import sys

import pytest
import sentry_sdk
from django.http import HttpResponse
from django.urls import path
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sentry_sdk.transport import Transport

from zdt_core import identity, tracing

ATTRIBUTES = {"service.version": "2.0", "zdt.bucket": 7}
urlpatterns = [path("ok", lambda request: HttpResponse("fine"))]


@pytest.fixture
def spans():
    """A tracer, and the finished spans."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider.get_tracer("test"), exporter
    provider.shutdown()


@pytest.fixture
def reports():
    """What Sentry would have been sent."""
    sent = []

    class Kept(Transport):
        def capture_envelope(self, envelope):
            sent.append(envelope.get_event())

    sentry_sdk.init(
        dsn="https://key@sentry.example/1", transport=Kept, default_integrations=False,
        auto_enabling_integrations=False,
    )  # fmt: skip
    with sentry_sdk.isolation_scope():
        yield sent
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def only(monkeypatch, *used):
    """The site has imported no more than ``used``."""
    for name in {"opentelemetry.sdk.trace", "sentry_sdk"} - set(used):
        monkeypatch.delitem(sys.modules, name)


def test_the_current_span_gets_the_attributes(spans):
    tracer, exporter = spans
    with tracer.start_as_current_span("request"):
        tracing.tagger()(ATTRIBUTES)
    (span,) = exporter.get_finished_spans()
    assert dict(span.attributes) == ATTRIBUTES


def test_without_a_span_nothing_happens():
    assert not trace.get_current_span().is_recording()
    tracing.tagger()(ATTRIBUTES)


def test_an_error_report_gets_the_tags(reports):
    tracing.tagger()(ATTRIBUTES)
    sentry_sdk.capture_message("planted")
    (report,) = reports
    assert report["tags"] == ATTRIBUTES


def test_tags_of_a_site_that_does_not_use_sentry_are_not_kept():
    tracing.tagger()(ATTRIBUTES)
    assert "zdt.bucket" not in sentry_sdk.get_isolation_scope()._tags


@pytest.mark.parametrize("used", ["opentelemetry.sdk.trace", "sentry_sdk"])
def test_either_library_alone_does(monkeypatch, spans, reports, used):
    only(monkeypatch, used)
    tracer, exporter = spans
    with tracer.start_as_current_span("request"):
        tracing.tagger()(ATTRIBUTES)
    sentry_sdk.capture_message("planted")
    (span,) = exporter.get_finished_spans()
    assert bool(span.attributes) == (used == "opentelemetry.sdk.trace")
    assert bool(reports[0].get("tags")) == (used == "sentry_sdk")


def test_a_sentry_that_is_too_old_breaks_no_request(monkeypatch):
    only(monkeypatch, "sentry_sdk")
    monkeypatch.delattr(sentry_sdk, "get_isolation_scope")
    assert tracing.tagger() is None


def test_without_both_there_is_nothing_to_do(monkeypatch):
    only(monkeypatch)
    assert tracing.tagger() is None
    assert tracing.process_tagger() is None


def test_a_request_says_which_release_of_which_environment_served_it(spans, settings, client):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["zdt_core.metering.MeteringMiddleware"]
    tracer, exporter = spans
    with tracer.start_as_current_span("request"):
        client.get("/ok")
    (span,) = exporter.get_finished_spans()
    assert dict(span.attributes) == {
        "service.version": identity.release(),
        "service.instance.id": identity.instance(),
        "deployment.environment.name": "test",
        "zdt.service": "default",
        "zdt.region": "default",
    }


def test_an_asynchronous_request_does_so_too(spans, settings, async_client):
    from asgiref.sync import async_to_sync

    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["zdt_core.metering.MeteringMiddleware"]
    tracer, exporter = spans
    with tracer.start_as_current_span("request"):
        async_to_sync(async_client.get)("/ok")
    (span,) = exporter.get_finished_spans()
    assert span.attributes["service.version"] == identity.release()


def test_a_forked_child_says_who_it_is(spans, monkeypatch):
    tracer, exporter = spans
    tag = tracing.process_tagger()
    for instance in ("parent", "child"):
        monkeypatch.setattr(identity, "_instance", instance)
        with tracer.start_as_current_span("request"):
            tag()
    told = [span.attributes["service.instance.id"] for span in exporter.get_finished_spans()]
    assert told == ["parent", "child"]


def test_names_and_values_are_such_that_sentry_takes_them():
    for name, value in tracing.process_attributes().items():
        assert len(name) <= 32
        assert len(value) <= 200


@pytest.mark.system
@pytest.mark.long
def test_neither_library_is_imported_by_a_site_that_uses_none():
    """Both are installed here."""
    code = """
import sys
import django
django.setup()
from django.test import RequestFactory
from django.http import HttpResponse
from zdt_core.metering import MeteringMiddleware
from zdt_deploy.canary.middleware import rules
middleware = MeteringMiddleware(lambda request: HttpResponse("fine"))
assert middleware(RequestFactory().get("/")).status_code == 200
assert middleware._tag is None and rules().tag is None
found = [n for n in sys.modules if n.startswith(("opentelemetry.sdk.trace", "sentry_sdk"))]
assert not found, found
"""
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=True,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""},
    )
