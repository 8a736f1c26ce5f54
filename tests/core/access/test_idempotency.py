"""The same request twice is done once, whatever happens in between."""

import json
import threading

import pytest
from django.db import connection
from django.test import RequestFactory

from tests.core.factories import TokenFactory
from zdt_core import database, events
from zdt_core.access import idempotency
from zdt_core.access.idempotency import Reply
from zdt_core.access.models import Answer, Token
from zdt_core.access.problems import Problem
from zdt_core.events import Actor, Event


def request(token, key=None, path="/do/"):
    headers = {"Idempotency-Key": key} if key is not None else {}
    made = RequestFactory().post(path, headers=headers)
    made.zdt_token = token
    return made


def doing(*, status=200, then=None):
    """An act that leaves an event, and counts how often it was done."""

    def act():
        act.times += 1
        with database.atomic():
            events.record("test.done", subject=("test", act.times), actor=Actor("token", "ci"))
        if then:
            then()
        return Reply(status, {"times": act.times}, {"Location": "/there/"})

    act.times = 0
    return act


@pytest.mark.django_db
class TestOneAfterTheOther:
    @pytest.fixture
    def token(self):
        return TokenFactory(name="ci")

    def test_without_a_key_it_is_done_each_time(self, token):
        act = doing()
        for _ in range(2):
            idempotency.once(request(token), {}, act)

        assert act.times == 2
        assert not Answer.objects.exists()

    def test_with_the_same_key_it_is_done_once_and_answered_the_same(self, token):
        act = doing(status=201)
        first = idempotency.once(request(token, "run-7"), {"a": 1, "b": 2}, act)
        again = idempotency.once(request(token, "run-7"), {"b": 2, "a": 1}, act)

        assert (first.status, first.body, first.headers) == (
            201, {"times": 1}, {"Location": "/there/"},
        )  # fmt: skip
        assert (again.status, again.body) == (first.status, first.body)
        assert again.headers == {"Location": "/there/", "Idempotency-Replayed": "true"}
        assert act.times == Event.objects.count() == 1

    @pytest.mark.parametrize(("path", "body"), [("/do/", {"a": 2}), ("/do/other/", {"a": 1})])
    def test_with_another_request_the_key_is_refused_and_that_is_noted(self, token, path, body):
        act = doing()
        idempotency.once(request(token, "run-7"), {"a": 1}, act)
        with pytest.raises(Problem) as found:
            idempotency.once(request(token, "run-7", path), body, act)

        assert (found.value.status, found.value.refusal.code) == (409, "key_reused")
        assert act.times == 1
        assert Event.objects.get(refused=True).code == "key_reused"

    def test_a_key_belongs_to_its_token(self, token):
        act = doing()
        idempotency.once(request(token, "run-7"), {}, act)
        idempotency.once(request(TokenFactory(), "run-7"), {"a": 1}, act)

        assert act.times == 2

    def test_what_was_refused_may_be_tried_again_and_stays_on_record(self, token):
        def refuse():
            with database.atomic():
                events.record("test.refused", subject=("test", 1), actor=Actor("token", "ci"))
            raise Problem.of(409, "key_reused", key="k")

        with pytest.raises(Problem):
            idempotency.once(request(token, "run-7"), {}, refuse)
        assert Event.objects.filter(kind="test.refused").exists()
        assert idempotency.once(request(token, "run-7"), {}, doing()).status == 200

    def test_a_quoted_key_is_the_same_as_a_bare_one(self, token):
        act = doing()
        for key in ("run-7", '"run-7"'):
            idempotency.once(request(token, key), {}, act)

        assert act.times == 1

    @pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 201, "a\tb"])
    def test_a_malformed_key_is_refused(self, token, key):
        with pytest.raises(Problem) as found:
            idempotency.once(request(token, key), {}, doing())

        assert (found.value.status, found.value.refusal.code) == (400, "key_malformed")

    def test_a_bug_leaves_no_key_behind(self, token):
        def explode():
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            idempotency.once(request(token, "run-7"), {}, doing(then=explode))
        assert not Answer.objects.exists()
        assert not Event.objects.exists()

    def test_the_patience_with_locks_ends_with_the_claim(self, token):
        def look():
            with connection.cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                seen.append(cursor.fetchone()[0])

        seen = []
        look()
        idempotency.once(request(token, "run-7"), {}, doing(then=look))
        assert seen[0] == seen[1]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Real connections: the first is in the middle of it when the second comes."""

    @pytest.fixture
    def meet(self):
        """A function that runs ``second`` while ``first`` is in its act; both results."""

        def meet(first, second):
            began, go_on = threading.Event(), threading.Event()
            results = {}

            def run(name, work):
                try:
                    results[name] = work()
                except Problem as problem:
                    results[name] = problem
                except ZeroDivisionError as error:
                    results[name] = error
                finally:
                    connection.close()

            def hold():
                began.set()
                assert go_on.wait(30)

            one = threading.Thread(target=run, args=("first", lambda: first(hold)))
            two = threading.Thread(target=run, args=("second", second))
            one.start()
            assert began.wait(10)
            two.start()
            waits_for_lock()
            go_on.set()
            for thread in (one, two):
                thread.join(30)
                assert not thread.is_alive()
            return results["first"], results["second"]

        return meet

    def test_the_second_waits_and_gets_the_same_answer(self, meet):
        token, act = TokenFactory(), doing()

        def first(hold):
            return idempotency.once(request(token, "k"), {}, lambda: (hold(), act())[1])

        one, two = meet(first, lambda: idempotency.once(request(token, "k"), {}, act))

        assert (one.body, two.body) == ({"times": 1}, {"times": 1})
        assert two.headers["Idempotency-Replayed"] == "true"
        assert Event.objects.count() == 1

    def test_when_the_first_dies_the_second_does_it(self, meet):
        token, act = TokenFactory(), doing()

        def first(hold):
            def die():
                hold()
                raise ZeroDivisionError

            return idempotency.once(request(token, "k"), {}, doing(then=die))

        one, two = meet(first, lambda: idempotency.once(request(token, "k"), {}, act))

        assert isinstance(one, ZeroDivisionError)
        assert two.body == {"times": 1}
        assert Answer.objects.count() == Event.objects.count() == 1

    def test_when_the_first_is_refused_the_second_does_it(self, meet):
        token, act = TokenFactory(), doing()

        def first(hold):
            def refuse():
                hold()
                raise Problem.of(409, "illegal_move")

            return idempotency.once(request(token, "k"), {}, refuse)

        one, two = meet(first, lambda: idempotency.once(request(token, "k"), {}, act))

        assert one.refusal.code == "illegal_move"
        assert (two.body, "Idempotency-Replayed" in two.headers) == ({"times": 1}, False)

    def test_who_waits_too_long_is_told_that_it_is_in_progress(self, monkeypatch):
        monkeypatch.setattr(idempotency, "PATIENCE_MS", 20)
        token, found = TokenFactory(), []

        def second():
            try:
                idempotency.once(request(token, "k"), {}, doing())
            except Problem as problem:
                found.append(problem)
            finally:
                connection.close()

        def meanwhile():
            thread = threading.Thread(target=second)
            thread.start()
            thread.join(30)

        first = idempotency.once(request(token, "k"), {}, doing(then=meanwhile))

        assert first.status == 200
        assert (found[0].status, found[0].refusal.code) == (409, "key_in_progress")
        assert found[0].headers["Retry-After"]
        assert json.loads(found[0].response().content)["detail"]
        assert Token.objects.count() == 1


def waits_for_lock():
    """Until some session waits for another one's row."""
    for _ in range(2000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        threading.Event().wait(0.005)
    raise AssertionError("Nobody waits.")
