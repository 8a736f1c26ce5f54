"""The HTTP API: a pipeline starts, follows and steers a deployment."""

import pytest

from tests.deploy.factories import DeploymentFactory, alive
from zdt_core.events import Event
from zdt_deploy.deployments.api.actions import ACTIONS
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db
START = {"version": "2.0", "service": "shop", "previous_version": "1.0"}


@pytest.fixture
def fleet():
    return alive("1.0", "2.0")


def problem(response, status, code):
    """The problem of a refusal, which must be this one."""
    assert (response.status_code, response["Content-Type"]) == (
        status,
        "application/problem+json",
    ), response.content
    said = response.json()
    assert (said["code"], said["status"], said["type"]) == (code, status, "about:blank")
    assert said["detail"]
    assert said["code"] not in said["detail"]
    return said


class TestStarting:
    def test_it_sends_the_first_users_and_says_where_to_look(self, api, fleet):
        answer = api.post(body={**START, "reason": "new checkout"})

        assert answer.status_code == 201, answer.content
        said = answer.json()
        assert (said["state"], said["share"], said["version"]) == ("shifting", "5", "2.0")
        assert api.get(answer["Location"]).json()["id"] == said["id"]
        row = Deployment.objects.get()
        assert (row.started_by, row.reason) == ("token:ci", "new checkout")
        assert row.environment == "test"

    def test_its_events_name_the_token(self, api, fleet):
        api.post(body=START)

        assert {(e.actor_kind, e.actor_name) for e in Event.objects.all()} == {("token", "ci")}

    def test_the_service_is_this_sites_by_default(self, api):
        answer = api.post(body={"version": "2.0", "previous_version": "1.0", "hold": True})

        assert answer.json()["service"] == "default"
        assert answer.json()["state"] == "pending"

    def test_steps_bake_and_artifacts_are_as_on_the_command_line(self, api, fleet):
        body = {**START, "steps": "10,50:2h,100", "bake": "10m"}
        answer = api.post(body=body | {"artifacts": {"web": "sha256:" + "AB" * 32}})

        steps = answer.json()["plan"]["steps"]
        assert [(s["percentage"], s["bake_seconds"]) for s in steps] == [
            ("10", 600.0), ("50", 7200.0), ("100", 600.0),
        ]  # fmt: skip
        assert answer.json()["record"]["artifacts"] == {"web": "ab" * 32}

    def test_bake_alone_keeps_the_steps(self, api, fleet):
        steps = api.post(body={**START, "bake": "1m"}).json()["plan"]["steps"]

        assert {s["bake_seconds"] for s in steps} == {60.0}

    def test_a_plan_may_be_an_object(self, api, fleet):
        plan = {"strategy": "blue_green", "interval_seconds": 2, "valid_seconds": 30}
        said = api.post(body={**START, "plan": plan}).json()

        assert said["strategy"] == "blue_green"
        assert said["plan"]["interval_seconds"] == 2

    @pytest.mark.parametrize(
        ("more", "field", "code"),
        [
            ({"version": ""}, "version", "field_wrong"),
            ({"version": None}, "version", "field_missing"),
            ({"version": 2}, "version", "field_wrong"),
            ({"version": "2 0"}, "version", "version_malformed"),
            ({"version": "x" * 41}, "version", "field_wrong"),
            ({"service": "a b"}, "service", "label_malformed"),
            ({"reason": "a\0b"}, "reason", "field_wrong"),
            ({"reason": "\ud800"}, "reason", "field_wrong"),
            ({"reason": "a\u001b[31mred"}, "reason", "field_wrong"),
            ({"strategy": "recreate"}, "strategy", "field_wrong"),
            ({"hold": "yes"}, "hold", "field_wrong"),
            ({"plan": "unheard-of"}, "plan", "plan_unknown"),
            ({"plan": "/etc/passwd"}, "plan", "plan_unknown"),
            ({"plan": {"minimum_smaple": 5}}, "plan", "plan_field_unknown"),
            ({"plan": {"minimum_sample": "\ud800"}}, "plan", "plan_field_invalid"),
            ({"steps": "25,5,100"}, "steps", "plan_does_not_rise"),
            ({"bake": "soon"}, "bake", "duration_unreadable"),
            ({"artifacts": {"web": "dist/web.tar"}}, "artifacts", "artifact_digest_malformed"),
            ({"artifacts": {"web": "sha256:12"}}, "artifacts", "artifact_digest_malformed"),
            ({"artifacts": ["web"]}, "artifacts", "field_wrong"),
            ({"artifacts": {str(n): "" for n in range(201)}}, "artifacts", "artifacts_too_many"),
        ],
    )
    def test_a_field_that_is_wrong_is_named_and_changes_nothing(self, api, more, field, code):
        said = problem(api.post(body=START | more), 422, code)

        assert said["field"] == field
        assert not Deployment.objects.exists()

    def test_an_unknown_field_is_told_with_the_nearest(self, api):
        said = problem(api.post(body=START | {"reasno": "x"}), 422, "field_unknown")

        assert "Did you mean “reason”" in said["detail"]
        assert said["field"] == "reasno"

    def test_without_a_live_process_it_is_refused_with_the_cure(self, api):
        said = problem(api.post(body=START), 409, "no_live_process")

        assert "zdt_fleet" in said["detail"]
        assert Event.objects.get(refused=True).actor_name == "ci"
        assert not Deployment.objects.exists()

    def test_a_second_one_is_refused_with_where_the_first_stands(self, api, fleet):
        first = DeploymentFactory(version="1.9")
        said = problem(api.post(body=START), 409, "duplicate_deployment")

        assert said["deployment"]["id"] == first.pk
        assert said["deployment"]["allowed"] == ["advance", "pause", "rollback"]

    def test_what_needs_agreement_names_the_field_that_gives_it(self, api, fleet):
        DeploymentFactory(baking=True, version="1.0", previous_version="0.9")
        said = problem(api.post(body=START), 409, "window_open")

        assert said["agree_by"] == "close_window"
        assert api.post(body=START | {"close_window": True}).status_code == 201


class TestLooking:
    def test_a_status_says_where_it_stands_and_what_it_takes(self, api):
        row = DeploymentFactory(paused=True)
        said = api.get(row.pk).json()

        assert (said["state"], said["revision"]) == ("paused", row.revision)
        assert said["allowed"] == ["resume", "rollback"]
        assert "paused" in said["sentence"]

    def test_a_list_holds_the_newest_of_this_environment_first(self, api):
        DeploymentFactory(completed=True, environment="production")
        old = DeploymentFactory.aged(60, completed=True)
        new = DeploymentFactory(version="3.0")

        assert [row["id"] for row in api.get().json()["deployments"]] == [new.pk, old.pk]

    def test_a_list_is_asked_in_pages(self, api):
        rows = [DeploymentFactory.aged(60 * n, completed=True) for n in range(5)]
        first = api.get(data={"limit": 2}).json()["deployments"]
        second = api.get(data={"limit": 2, "before": first[-1]["id"]}).json()["deployments"]

        assert [row["id"] for row in first + second] == [row.pk for row in rows[:4]]

    def test_a_list_may_be_of_a_state_or_service(self, api):
        row = DeploymentFactory(paused=True)
        DeploymentFactory(completed=True)
        DeploymentFactory(paused=True, service="other")
        found = api.get(data={"state": "paused", "service": "shop"}).json()["deployments"]

        assert [one["id"] for one in found] == [row.pk]

    def test_a_list_costs_the_same_for_many(self, api, django_assert_max_num_queries):
        DeploymentFactory.create_batch(30, completed=True)
        api.get()
        with django_assert_max_num_queries(4):
            assert len(api.get(data={"limit": 100}).json()["deployments"]) == 30

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"limit": "many"}, "limit"),
            ({"limit": "0"}, "limit"),
            ({"limit": "99999999999"}, "limit"),
            ({"state": "fine"}, "state"),
            ({"stat": "paused"}, "stat"),
        ],
    )
    def test_a_query_that_is_wrong_is_told(self, api, query, field):
        answer = api.get(data=query)

        assert (answer.status_code, answer.json()["field"]) == (422, field)

    @pytest.mark.parametrize("path", ["deploy-none", "deploy-none/wait", "x" * 5000, "%00", "%F0"])
    def test_an_unknown_one_is_404_in_json(self, api, path):
        problem(api.get(path), 404, "no_such_deployment")

    def test_an_unknown_path_is_404_in_json(self, api):
        said = problem(api.get("/zdt/api/deploymnets/"), 404, "no_such_path")

        assert "/zdt/api/openapi.json" in said["detail"]

    def test_answers_are_nobodys_to_cache(self, api):
        assert api.get()["Cache-Control"] == "no-store"
        assert api.get("none")["Cache-Control"] == "no-store"


class TestSteering:
    @pytest.mark.parametrize(
        ("state", "word", "becomes"),
        [
            ("observing", "advance", "shifting"),
            ("observing", "pause", "paused"),
            ("paused", "resume", "shifting"),
            ("paused", "rollback", "rolling_back"),
            ("stuck", "retry", "rolling_back"),
            ("stuck", "settle", "rolled_back"),
            ("baking", "complete", "completed"),
            ("pending", "cancel", "cancelled"),
            ("pending", "begin", "shifting"),
        ],
    )
    def test_every_move_of_a_person_is_there(self, api, fleet, state, word, becomes):
        row = DeploymentFactory(**{state: True})
        body = {"reason": "the plan", "expected_revision": row.revision}
        answer = api.post(f"{row.pk}/{word}/", body)

        assert (answer.status_code, answer.json()["state"]) == (200, becomes), answer.content
        rows = Event.objects.filter(subject_id=row.pk).exclude(kind="deployment.checked")
        event = rows.latest("id")
        assert (event.actor_kind, event.actor_name, event.reason) == ("token", "ci", "the plan")

    def test_every_word_has_been_tried_above(self):
        assert len(ACTIONS) == 9

    def test_a_body_is_not_needed(self, api):
        row = DeploymentFactory()

        assert api.post(f"{row.pk}/pause", b"", kind="text/plain").status_code == 200

    def test_an_illegal_move_is_refused_with_what_is_allowed_now(self, api, refusals):
        row = DeploymentFactory(paused=True)
        said = problem(api.post(f"{row.pk}/advance"), 409, "illegal_move")

        assert said["deployment"] == {
            "id": row.pk, "version": "2.0", "state": "paused", "revision": row.revision,
            "allowed": ["resume", "rollback"],
        }  # fmt: skip
        assert refusals() == [("deployment.advanced", "illegal_move", "ci")]

    def test_a_stale_revision_is_refused(self, api):
        row = DeploymentFactory(revision=7)
        said = problem(api.post(f"{row.pk}/pause", {"expected_revision": 6}), 409, "stale_revision")
        assert said["deployment"]["revision"] == 7

    def test_a_reason_that_is_missing_is_a_field(self, api):
        row = DeploymentFactory(stuck=True)

        assert problem(api.post(f"{row.pk}/settle"), 422, "reason_missing")["field"] == "reason"

    @pytest.mark.parametrize("revision", [0, -1, "1", 1.5, True, 2**31, [1]])
    def test_a_revision_is_a_number(self, api, revision):
        row = DeploymentFactory()
        answer = api.post(f"{row.pk}/pause", {"expected_revision": revision})

        assert problem(answer, 422, "field_wrong")["field"] == "expected_revision"

    def test_force_exists_only_where_something_can_be_forced(self, api):
        row = DeploymentFactory()

        assert problem(api.post(f"{row.pk}/pause", {"force": True}), 422, "field_unheard_of")
        assert api.post(f"{row.pk}/rollback", {"force": True}).status_code == 200


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"{", 400, "body_unreadable"),
            (b"[]", 400, "body_not_an_object"),
            (b"7", 400, "body_not_an_object"),
            (b'{"version": NaN}', 400, "body_unreadable"),
            (b'{"version": "1", "version": "2"}', 400, "body_unreadable"),
            (b"\xff\xfe{}", 400, "body_unreadable"),
            (b"[" * 90_000, 400, "body_unreadable"),
            (b'{"hold": ' + b"9" * 5000 + b"}", 400, "body_unreadable"),
            (b'{"reason": "' + b"x" * 100_000 + b'"}', 413, "body_too_large"),
            (b"x" * 3_000_000, 413, "body_too_large"),
        ],
        ids=lambda value: value[:20] if isinstance(value, bytes) else value,
    )
    def test_a_body_that_cannot_be_read_is_refused(self, api, body, status, code):
        problem(api.post(body=body), status, code)

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
    def test_only_json_is_taken(self, api, kind):
        answer = api.post(body=b'{"version": "2.0"}', kind=kind)

        problem(answer, 415, "body_not_json_type")
        assert answer["Accept-Post"] == "application/json"


class TestMethods:
    @pytest.mark.parametrize(
        ("path", "method", "allow"),
        [
            ("", "put", "GET, POST, HEAD"),
            ("x/", "delete", "GET, HEAD"),
            ("x/pause/", "get", "POST"),
            ("x/wait/", "post", "GET, HEAD"),
            ("/zdt/api/openapi.json", "post", "GET, HEAD"),
            ("/zdt/", "post", "GET, HEAD"),
        ],
    )
    def test_another_method_is_405_with_those_that_are_allowed(
        self, client, api, path, method, allow
    ):
        answer = getattr(client, method)(api.url(path))

        problem(answer, 405, "method_not_allowed")
        assert answer["Allow"] == allow

    def test_head_is_get_without_a_body(self, client, api):
        answer = client.head(api.url(""), headers=api.headers({}))

        assert (answer.status_code, answer.content) == (200, b"")
