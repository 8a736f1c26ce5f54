"""A pipeline that asks twice for the same starts one deployment."""

import threading

import pytest
from django.db import connection

from tests.core.factories import TokenFactory
from tests.deploy.factories import DeploymentFactory, alive
from zdt_core.access.models import Answer
from zdt_core.events import Event
from zdt_deploy.deployments.models import Deployment

START = {"version": "2.0", "service": "shop", "previous_version": "1.0"}


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_the_same_start_is_answered_the_same(self, api):
        alive("1.0", "2.0")
        first = api.post(body=START, key="run-7")
        again = api.post(body=START, key="run-7")

        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert again["Location"] == first["Location"]
        assert again["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first
        assert Deployment.objects.count() == 1

    def test_another_body_is_refused_with_nothing_changed(self, api):
        alive("1.0", "2.0")
        api.post(body=START, key="run-7")
        answer = api.post(body={**START, "version": "3.0"}, key="run-7")

        assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
        assert Deployment.objects.get().version == "2.0"
        event = Event.objects.get(refused=True)
        assert (event.code, event.actor_name) == ("key_reused", "ci")

    def test_a_start_that_was_too_early_may_come_again(self, api):
        assert api.post(body=START, key="run-7").status_code == 409
        assert Event.objects.get(refused=True).code == "no_live_process"
        alive("1.0", "2.0")

        assert api.post(body=START, key="run-7").status_code == 201

    def test_a_move_is_done_once(self, api):
        row = DeploymentFactory()
        for _ in range(2):
            answer = api.post(f"{row.pk}/pause", {"reason": "lunch"}, key="k")

        assert (answer.status_code, answer.json()["state"]) == (200, "paused")
        assert Deployment.objects.get().revision == row.revision + 1

    def test_a_body_that_cannot_be_read_takes_no_key(self, api):
        assert api.post(body=b"{", key="k").status_code == 400
        assert not Answer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_the_same_start_at_once_there_is_one_deployment(client):
    from tests.deploy.deployments.api.conftest import EVERY_SCOPE, Api

    alive("1.0", "2.0")
    token = TokenFactory(scopes=EVERY_SCOPE)
    ready, answers = threading.Barrier(4), []

    def ask():
        try:
            ready.wait(10)
            answers.append(Api(type(client)(), token).post(body=START, key="run-7"))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {answer.status_code for answer in answers} == {201}, [a.content for a in answers]
    assert {answer.json()["id"] for answer in answers} == {Deployment.objects.get().pk}
