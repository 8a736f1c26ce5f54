"""Taking rows to their channels: at least once, in order, with patience, without secrets."""

import contextlib
import logging

import pytest
from django.db import connection

from tests.core.notify.conftest import KEY
from zdt_core import database, events, notify
from zdt_core.jobs import registry, settling, work
from zdt_core.jobs.models import Run
from zdt_core.notify import again, delivery
from zdt_core.notify.backends.base import Backend, Option
from zdt_core.notify.errors import Undelivered
from zdt_core.notify.models import Notification
from zdt_core.notify.outbox import DELIVER

pytestmark = pytest.mark.django_db
HERE = "tests.core.notify.test_delivery"


class Odd(Backend):
    """Raises what it is told to, with its secret in the text."""

    options = {"password": Option(str, secret=True), "place": Option(str)}
    trouble: Exception | None = None
    told = []

    def deliver(self, letter):
        self.told.append(letter)
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def odd(settings, monkeypatch):
    settings.ZDT_NOTIFY = {
        "odd": {
            "BACKEND": f"{HERE}.Odd",
            "OPTIONS": {"password": "s3cret-word", "place": "cellar"},
        }
    }
    monkeypatch.setattr(Odd, "told", [])
    return lambda trouble: monkeypatch.setattr(Odd, "trouble", trouble)


class Killed(BaseException):
    """What a worker feels of SIGKILL: nothing after it."""


def send(key="fire", severity="critical"):
    return notify.send("shop.burns", "Fire.", severity=severity, key=key, why="A candle.")


def only():
    return Notification.objects.get()


def test_a_letter_that_was_taken_is_delivered(slack, deliver):
    send()
    (run,) = deliver()
    row = only()
    assert (row.state, row.attempts, row.last_error, run.state) == ("delivered", 1, "", "succeeded")
    assert row.delivered_at is not None
    assert len(slack.requests) == 1


def test_pauses_double_until_it_is_given_up(slack, deliver, settings, caplog):
    settings.ZDT_NOTIFY_ATTEMPTS = 3
    slack.answer(503, b"down")
    send()
    pauses = []
    for _ in range(3):
        (run,) = deliver()
        left = (run.due_at - run.created_at).total_seconds()
        pauses.append(round(left) if run.state == "ready" else run.state)
    assert pauses == [2, 4, "succeeded"]
    row = only()
    assert (row.state, row.attempts) == ("given_up", 3)
    assert row.last_error == "The other side answered with status 503: down"
    fact = events.Event.objects.get(kind="notification.given_up")
    assert "not told after 3 attempts" in fact.sentence
    assert len(slack.requests) == 3


def test_what_is_refused_for_good_is_given_up_at_once(slack, deliver):
    slack.answer(404, b"no_service")
    send()
    deliver()
    assert (only().state, len(slack.requests)) == ("given_up", 1)


def test_the_other_side_may_say_when(slack, deliver):
    slack.answer(429, b"slow down", Retry_After="77")
    send()
    (run,) = deliver()
    assert 76 <= (run.due_at - run.created_at).total_seconds() < 80
    assert only().state == "waiting"


def test_one_that_is_silent_is_tried_again(settings, deliver):
    settings.ZDT_NOTIFY = {
        "team": {"BACKEND": "slack", "OPTIONS": {"url": "http://192.168.0.1/secret"}}
    }
    send()
    deliver()
    assert (only().state, only().attempts) == ("waiting", 1)
    assert "http://192.168.0.1/… leads to 192.168.0.1" in only().last_error


def test_a_worker_that_dies_after_the_call_leads_to_the_same_letter_again(
    slack, deliver, monkeypatch
):
    def die(*args):
        raise Killed

    send()
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_conclude", die)
        with pytest.raises(Killed):
            deliver()
    assert (only().state, only().attempts) == ("waiting", 1)
    deliver()
    assert (only().state, only().attempts) == ("delivered", 2)
    first, second = slack.bodies
    assert first == second
    assert f"Ref: zdt-test-{only().pk}" in first["text"]


@pytest.mark.parametrize("at", range(1, 15))
def test_a_worker_may_die_at_any_statement(slack, deliver, at):
    """Told once or twice, never not at all, and the row knows it in the end."""
    send()
    left = [at]

    def die(execute, sql, params, many, context):
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            left[0] -= 1
            if left[0] <= 0:
                raise Killed
        return execute(sql, params, many, context)

    run = Run.objects.get(kind=DELIVER)
    with connection.execute_wrapper(die), contextlib.suppress(Killed):
        work.run_slice(run.pk)
    Notification.objects.get()  # the connection is whole
    for _ in range(3):
        deliver()
    assert only().state == "delivered"
    assert 1 <= len(slack.requests) <= 2
    assert len({body["text"] for body in slack.bodies}) == 1


def test_a_letter_that_takes_its_worker_along_is_not_tried_for_ever(odd, deliver, monkeypatch):
    send()
    Notification.objects.update(attempts=20)
    deliver()
    assert (only().state, Odd.told) == ("given_up", [])


def test_that_it_is_over_waits_for_that_it_began(slack, deliver):
    slack.answer(503)
    slack.answer(200)
    send()
    notify.resolve("fire", "Fire.")
    deliver()
    states = list(Notification.objects.order_by("pk").values_list("state", "attempts"))
    assert states == [("waiting", 1), ("waiting", 0)]
    deliver()
    texts = [body["text"].splitlines()[0] for body in slack.bodies]
    assert [text.partition("]")[0] for text in texts] == [
        ":rotating_light: *[CRITICAL", ":rotating_light: *[CRITICAL",
        ":white_check_mark: *[RESOLVED",
    ]  # fmt: skip


def test_another_key_does_not_wait(slack, deliver):
    slack.answer(503)
    slack.answer(200)
    send()
    deliver()
    send(key="flood")
    deliver()
    assert Notification.objects.get(key="flood").state == "delivered"


def test_two_rows_that_were_written_at_once_are_told_once(slack, deliver):
    send()
    row = only()
    again_ = Notification.objects.create(
        **{name: getattr(row, name) for name in
           ("channel", "kind", "key", "severity", "text", "service", "environment")}
    )  # fmt: skip
    from zdt_core import jobs

    jobs.start(DELIVER, again_.pk)
    deliver()
    again_.refresh_from_db()
    row.refresh_from_db()
    assert (row.state, again_.state, row.repeats) == ("delivered", "merged", 1)
    assert len(slack.requests) == 1


def test_no_secret_is_written_or_logged(odd, deliver, caplog):
    odd(RuntimeError("login with s3cret-word at the cellar failed"))
    with caplog.at_level(logging.DEBUG):
        send()
        deliver()
    assert only().last_error == "RuntimeError: login with … at the cellar failed"
    assert "s3cret-word" not in caplog.text
    assert "s3cret-word" not in str(list(Notification.objects.values()))


@pytest.mark.parametrize("answer", [(400, b"bad " + KEY.encode()), (500, KEY.encode())])
def test_what_the_other_side_repeats_is_not_written_either(pagerduty, deliver, answer, caplog):
    pagerduty.answer(*answer)
    send()
    deliver()
    assert KEY not in only().last_error + caplog.text


def test_a_channel_that_this_release_does_not_know_is_left_to_others(slack, deliver, settings):
    send()
    settings.ZDT_NOTIFY = {"other": {"BACKEND": "log"}}
    deliver()
    assert only().state == "waiting"
    assert "has no channel 'team'; there are other" in only().last_error


def test_an_error_of_a_backend_may_be_final(odd, deliver):
    odd(Undelivered("notify_mail_not_sent", final=True))
    send()
    deliver()
    assert only().state == "given_up"


def test_a_person_may_send_it_again(slack, deliver):
    slack.answer(404)
    slack.answer(200)
    send()
    deliver()
    again.send_again(only().pk, actor=events.Actor("user", "ada"))
    assert (only().state, only().attempts) == ("waiting", 0)
    deliver()
    assert (only().state, only().attempts) == ("delivered", 1)
    fact = events.Event.objects.get(kind="notification.sent_again")
    assert (fact.actor_name, fact.before) == ("ada", {"state": "given_up", "attempts": 1})


def test_a_delivered_one_may_be_sent_again_and_is_not_taken_for_a_repetition(slack, deliver):
    send()
    deliver()
    again.send_again(only().pk, actor=events.Actor("user", "ada"))
    deliver()
    assert len(slack.requests) == 2


def test_the_kind_is_known_and_work_not_for_the_monitor():
    task = registry.get(DELIVER)
    assert (task.queue.name, task.max_failures) == ("zdt", None)
    assert settling.ACTOR.name == "jobs"


def test_old_rows_are_forgotten(settings):
    from datetime import timedelta

    from zdt_core.notify.jobs import forget_old

    send()
    send(key="flood")
    Notification.objects.filter(key="fire").update(
        created_at=database.Now() - timedelta(days=91), state="delivered"
    )
    assert forget_old() == 1
    assert Notification.objects.get().key == "flood"
