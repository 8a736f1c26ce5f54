"""Schema changes in the console: the list, the page of one, and its buttons, without scripts."""

import html
import re

import pytest
from django.db import OperationalError, connection, connections
from django.urls import reverse

from tests.core.factories import ProcessFactory
from tests.deploy.factories import (
    BackfillFactory,
    CertificateFactory,
    KnownShapeFactory,
    SchemaChangeFactory,
)
from tests.people import UserFactory
from tests.policy import breaches
from zdt_core.events import Event
from zdt_deploy.schema import buttons, contracting, pairs
from zdt_deploy.schema.models import SchemaChange

pytestmark = pytest.mark.django_db
LOOK, ADVANCE, FORCE = "view_schemachange", "advance_schemachange", "force_schemachange"


@pytest.fixture
def olga(client):
    client.force_login(UserFactory(username="olga", staff=True, can=[LOOK, ADVANCE, FORCE]))
    return client


@pytest.fixture(autouse=True)
def physical(monkeypatch):
    """What contracting does to the table: the specs that were contracted."""
    done = []
    kind = contracting.Kind(lambda editor, spec: done.append(spec), None)
    monkeypatch.setitem(contracting._kinds, "test_drop", kind)
    return done


def renamed(**facts):
    """A change with columns that a trigger should keep equal."""
    column = pairs.Column("username", "character varying(150)", False)
    pair = pairs.renaming("users", column, "login")
    return SchemaChangeFactory(spec={"pair": pair.to_json()}, **facts)


def at(change, name="change"):
    return reverse(f"admin:zdt_deploy_schemachange_{name}", args=(change.pk,))


def page_of(client, change):
    return " ".join(client.get(at(change)).content.decode().split())


def ask(client, change, name, **said):
    url = reverse("admin:zdt_deploy_schemachange_operation", args=(change.pk, name))
    return client.post(url, {"revision": change.revision} | said, follow=True)


def phase(change):
    return SchemaChange.objects.get(pk=change.pk).phase


# ---- what is shown ----


def test_the_list_says_where_each_stands(olga):
    SchemaChangeFactory(key="shop.user.-old", owed=True)
    SchemaChangeFactory(
        problem="schema_column_missing",
        problem_params={"key": "k", "table": "users", "columns": "x"},
    )

    page = olga.get(reverse("admin:zdt_deploy_schemachange_changelist")).content.decode()

    assert "shop.user.-old" in page
    assert "zdt-warn" in page
    assert "zdt-bad" in page
    assert breaches(page) == []


@pytest.fixture
def asked(monkeypatch):
    """How often a database was asked that says nothing."""
    found = []

    def refuse():
        found.append(1)
        raise OperationalError("timeout expired")

    monkeypatch.setitem(connections.databases, "archive", connection.settings_dict)
    monkeypatch.setattr(connections["archive"], "ensure_connection", refuse)
    yield found
    del connections["archive"]


@pytest.mark.parametrize("facts", [{"phase": "switched"}, {"owed": True}, {"verified": True}])
def test_lists_ask_no_database_of_a_change(admin_client, asked, facts):
    change = renamed(alias="archive", **facts)

    for page in ("zdt_core_overview", "zdt_deploy_schemachange"):
        shown = admin_client.get(reverse(f"admin:{page}_changelist")).content.decode()
        assert change.key in html.unescape(shown)
    assert not asked


@pytest.mark.parametrize("trait", ["backfilling", "verified", "owed"])
def test_a_change_on_an_alias_that_is_gone_from_the_settings_says_so_on_its_page(olga, trait):
    page = page_of(olga, renamed(alias="archive", **{trait: True}))

    assert "have no database archive" in page
    assert "Both shapes are proven equal" in page


@pytest.mark.parametrize(
    "facts",
    [{trait: True} for trait in ("expanded", "backfilling", "verified", "owed", "contracted")],
)
@pytest.mark.parametrize("made", [renamed, SchemaChangeFactory])
def test_every_phase_has_its_page_and_a_strict_policy_blocks_nothing_of_it(olga, facts, made):
    change = made(**facts)
    CertificateFactory(change=change, state="failed", code="schema_rows_differ", samples=[7, 8])
    KnownShapeFactory(change=change)

    page = page_of(olga, change)

    assert breaches(page) == []
    assert "could not be read" not in page
    assert page.count("aria-live") == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("schema_rows_differ", "3 of 1000 rows differ (2 would not convert back)"),
        ("schema_sides_differ", "3 of 1000 rows differ after the switch"),
        ("schema_rows_null", "4 of 1000 rows would have a NULL in"),
        ("schema_compare_failed", "The comparison failed (1 rows with an error)"),
        ("schema_trigger_missing", "on users is gone"),
    ],
)
def test_a_comparison_says_in_numbers_why_it_proves_nothing(olga, code, said):
    run = BackfillFactory(name="verify", rows_failed=1)
    CertificateFactory(
        change=renamed(), state="failed", code=code, different=3, lossy=2, nulls=4, backfill=run
    )

    page = page_of(olga, SchemaChange.objects.get())

    assert said in page
    assert "unknown)" not in page


def test_what_goes_through_the_rows_is_said_and_needs_nobody(olga):
    filling = BackfillFactory(name="schema:it")
    change = renamed(key="shop.user.a>b", backfilling=True, backfill=filling)

    page = page_of(olga, change)

    assert "Filling: 0 of about 1,000 rows. Nothing" in page
    assert "comparing them follows by itself" in page
    assert 'id="zdt-do-verify"' not in page
    assert ">later</span> <span>No process may still need the old shape" in page

    filling.state = "paused"
    filling.save()

    assert "Filling is paused: 0 of about 1,000 rows. Resume" in page_of(olga, change)


def test_the_page_of_its_backfill_leads_back_to_it(client):
    client.force_login(UserFactory(staff=True, can=[LOOK, "view_backfill"]))
    filling = BackfillFactory()
    change = renamed(backfilling=True, backfill=filling)

    url = reverse("admin:zdt_deploy_backfill_change", args=(filling.pk,))

    assert f'It fills the rows of <a href="{at(change)}"' in client.get(url).content.decode()


def test_rows_that_are_compared_are_on_the_ladder_too(olga):
    change = renamed(backfilling=True)
    CertificateFactory(change=change, state="running", backfill=BackfillFactory(kind="compare"))

    page = page_of(olga, change)

    assert re.search(r'aria-current="step" class="zdt-now">.*?<strong>backfilling</strong>', page)
    assert "Comparing: 0 of about 1,000 rows" in page


def test_a_verified_change_that_is_not_proven_any_more_says_so(olga):
    change = renamed(verified=True)
    CertificateFactory(change=change)

    page = page_of(olga, change)

    assert 'zdt-warn">holds no longer' in page
    assert "may be deployed" not in page
    assert "users has lost login" in page
    assert "zdt_schema next" not in page


def test_the_next_migration_is_named_once_it_may_be_written(olga):
    change = SchemaChangeFactory()

    assert "zdt_schema next" in page_of(olga, change)
    assert "zdt_schema next" not in page_of(olga, SchemaChangeFactory(owed=True))
    assert "Nothing: it is over." in page_of(olga, SchemaChangeFactory(contracted=True))


def test_the_ladder_says_what_is_done_and_what_is_now(olga):
    page = page_of(olga, renamed(verified=True))

    assert re.search(r'class="zdt-done"> ?<span class="zdt-mark".*?<strong>expanded</strong>', page)
    assert re.search(r'aria-current="step" class="zdt-now">.*?<strong>verified</strong>', page)
    assert "observed for 2 d" in page or "observed for 48 h" in page


def test_the_gate_names_who_needs_the_old_shape(olga):
    ProcessFactory(release="1.0", service="shop", environment="test", host="web7")

    page = page_of(olga, SchemaChangeFactory(owed=True))

    assert re.search(r'zdt-bad">no</span> <span>No process may still need the old shape', page)
    assert "1.0" in page
    assert "No release is known to read the new shape yet" in page


def test_what_has_no_trigger_is_not_proven(olga):
    page = page_of(olga, renamed(owed=True))

    assert re.search(r'zdt-bad">no</span> <span>Both shapes are proven equal', page)


def test_the_fragment_is_only_sent_where_something_is_new(olga, steady):
    change = SchemaChangeFactory(owed=True)
    first = olga.get(at(change, "live"))

    again = olga.get(at(change, "live"), headers={"If-None-Match": first["ETag"]})

    assert first.status_code == 200
    assert again.status_code == 304
    assert olga.get(at(SchemaChangeFactory(contracted=True), "live"))["X-Zdt-Live"] == "0"


def test_a_page_asks_the_database_little(olga, django_assert_max_num_queries):
    change = renamed(owed=True)
    CertificateFactory.create_batch(3, change=change)
    page_of(olga, change)

    with django_assert_max_num_queries(20):
        page_of(olga, change)


def test_what_is_not_there_is_not_found(olga):
    for wrong in ("0", "x", "9" * 30):
        assert olga.get(f"/admin/zdt_deploy/schemachange/{wrong}/change/").status_code == 404


# ---- what can be done ----


def test_an_open_gate_offers_the_contract_and_it_is_done(olga, physical):
    ProcessFactory(release="2.0", service="shop", environment="test")
    change = SchemaChangeFactory(owed=True)
    KnownShapeFactory(change=change)
    assert 'id="zdt-do-advance"' in page_of(olga, change)

    ask(olga, change, "advance", reason="it is time")

    assert phase(change) == "contracted"
    assert physical == [change.spec]
    event = Event.objects.get(kind="schema.contracted")
    assert (event.actor_name, event.reason) == ("olga", "it is time")


def test_a_closed_gate_shows_the_reason_instead_of_the_button(olga, physical):
    ProcessFactory(release="1.0", service="shop", environment="test")
    change = SchemaChangeFactory(owed=True)

    assert 'id="zdt-do-advance"' not in page_of(olga, change)
    page = ask(olga, change, "advance").content.decode()

    assert "Nothing was changed." in page
    assert (phase(change), physical) == ("switched", [])


def test_forcing_asks_for_the_key_and_a_reason_and_is_told_apart(olga, physical):
    ProcessFactory(release="1.0", service="shop", environment="test")
    change = SchemaChangeFactory(owed=True)

    assert "to confirm" in ask(olga, change, "force").content.decode()
    wrong = ask(olga, change, "force", typed="no", reason="web7 is gone").content.decode()
    assert f"Type {change.key} to confirm" in wrong
    assert "Say why" in ask(olga, change, "force", typed=change.key).content.decode()
    assert physical == []

    ask(olga, change, "force", typed=change.key, reason="web7 is gone for good")

    assert (phase(change), physical) == ("contracted", [change.spec])
    assert Event.objects.filter(kind="schema.forced", refused=False).exists()


def test_a_side_is_taken_only_where_both_differ_and_for_a_reason(olga, monkeypatch):
    taken = []
    monkeypatch.setitem(
        buttons._ACTS, "take_new", lambda change, **said: taken.append(said["reason"])
    )
    assert 'id="zdt-do-take_new"' not in page_of(olga, renamed(owed=True))
    facts = {"different": 1, "rows": 2, "key": "k"}
    change = renamed(owed=True, problem="schema_sides_differ", problem_params=facts)
    assert 'id="zdt-do-take_new"' in page_of(olga, change)

    ask(olga, change, "take_new")
    ask(olga, change, "take_new", typed=change.key)
    assert taken == []
    ask(olga, change, "take_new", typed=change.key, reason="1.0 had gone")
    assert taken == ["1.0 had gone"]


@pytest.mark.parametrize(("name", "missing"), [("advance", ADVANCE), ("force", FORCE)])
def test_without_the_permission_nothing_happens_and_it_is_noted(client, physical, name, missing):
    others = {LOOK, ADVANCE, FORCE} - {missing}
    client.force_login(UserFactory(username="max", staff=True, can=sorted(others)))
    change = SchemaChangeFactory(owed=True)

    assert ask(client, change, name, typed=change.key, reason="x").status_code == 403

    assert physical == []
    event = Event.objects.get(refused=True)
    assert (event.actor_name, event.params["permission"]) == ("max", missing)


def test_only_a_post_changes_anything(olga):
    change = SchemaChangeFactory(owed=True)
    url = reverse("admin:zdt_deploy_schemachange_operation", args=(change.pk, "advance"))

    assert olga.get(url).status_code == 405
    assert olga.post(url.replace("advance", "nothing")).status_code == 404


def test_what_has_moved_since_is_not_acted_on(olga, physical):
    change = SchemaChangeFactory(owed=True)

    page = ask(olga, change, "advance", revision=change.revision + 1).content.decode()

    assert "It has moved since you looked" in page
    assert physical == []


def test_who_may_only_look_sees_no_button(client):
    client.force_login(UserFactory(staff=True, can=[LOOK]))
    change = renamed(owed=True)

    page = page_of(client, change)

    assert 'id="zdt-do-' not in page
    assert "advance_schemachange" in page
