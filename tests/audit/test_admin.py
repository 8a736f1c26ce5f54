"""The trail's pages are for reading, and cost the same however long the trail is."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.audit.factories import EntryFactory
from tests.people import UserFactory
from zdt_audit.models import Entry
from zdt_core.console import paging

pytestmark = pytest.mark.django_db
LIST = "/admin/zdt_audit/entry/"


def signed_in(*permissions, **traits):
    client = Client()
    client.force_login(UserFactory(staff=True, can=permissions, **traits))
    return client


@pytest.fixture
def auditor():
    return signed_in("view_entry")


def rows(client, **query):
    """The ids that the list shows, in its order."""
    return [entry.pk for entry in client.get(LIST, query).context["cl"].result_list]


def test_the_newest_entry_comes_first(auditor):
    made = [EntryFactory().pk for _ in range(3)]

    assert rows(auditor) == made[::-1]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("kind", "deployment.rolled_back"), ("stream", "deployment:d1"), ("actor", "user:bob")],
)
def test_a_filter_holds_exactly(auditor, parameter, value):
    EntryFactory()
    wanted = EntryFactory(kind="deployment.rolled_back", stream="deployment:d1", who="bob")
    EntryFactory(kind="deployment.rolled_back_not", stream="deployment:d11", who="bobby")

    assert rows(auditor, **{parameter: value}) == [wanted.pk]


def test_filters_combine_and_keep_each_other(auditor):
    wanted = EntryFactory(kind="a.b", who="bob")
    EntryFactory(kind="a.b")
    EntryFactory(who="bob")

    assert rows(auditor, kind="a.b", actor="user:bob") == [wanted.pk]
    page = auditor.get(LIST, {"kind": "a.b", "refused__exact": "0"}).content.decode()
    assert '<input type="hidden" name="kind" value="a.b">' in page
    assert '<input type="hidden" name="refused__exact" value="0">' in page


def test_refused_attempts_can_be_picked_out(auditor):
    EntryFactory()
    refused = EntryFactory(refused=True)

    assert rows(auditor, refused__exact="1") == [refused.pk]


def test_what_is_typed_is_shown_as_text(auditor):
    page = auditor.get(LIST, {"kind": '"><script>'}).content.decode()

    assert '"><script>' not in page


def test_an_entry_shows_what_it_says_and_its_canonical_form(auditor):
    entry = EntryFactory(facts={"reason": "<b>it burns</b>"})

    page = auditor.get(f"{LIST}{entry.pk}/change/").content.decode()

    assert str(entry.uuid) in page
    assert "&lt;b&gt;it burns&lt;/b&gt;" in page
    assert "<b>it burns" not in page
    assert '<input type="submit"' not in page


def test_nobody_adds_changes_or_removes_entries_here():
    entry = EntryFactory()
    client = Client()
    client.force_login(UserFactory(is_superuser=True, staff=True))
    page = f"{LIST}{entry.pk}/"

    answers = [
        client.post(LIST + "add/", {}),
        client.post(page + "change/", {"kind": "x"}),
        client.post(page + "delete/", {"post": "yes"}),
        client.get(page + "delete/"),
    ]
    client.post(LIST, {"action": "delete_selected", "_selected_action": entry.pk, "post": "yes"})

    assert [answer.status_code for answer in answers] == [403] * 4
    assert Entry.objects.get().kind == "flag.disabled"


def test_staff_without_the_permission_sees_nothing():
    entry = EntryFactory()
    client = signed_in()

    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}{entry.pk}/change/").status_code == 403


def test_the_trail_is_never_counted_to_its_end(auditor, monkeypatch):
    monkeypatch.setattr(paging, "MOST", 3)
    monkeypatch.setattr("zdt_audit.admin.EntryAdmin.list_per_page", 2)
    for _ in range(5):
        EntryFactory()

    with CaptureQueriesContext(connection) as queries:
        shown = rows(auditor)

    counts = [q["sql"] for q in queries if "COUNT" in q["sql"] and "zdt_audit_entry" in q["sql"]]
    assert len(counts) == 1
    assert "LIMIT 3" in counts[0]
    assert len(shown) == 2
    assert len(rows(auditor, p="2")) == 1


@pytest.mark.parametrize("column", ["stream", "kind", "actor"])
def test_a_page_of_a_long_trail_is_read_from_an_index(column):
    """Fifty of twenty thousand entries, without a scan."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO zdt_audit_entry (uuid, at, stream, kind, actor, refused, canon) "
            "SELECT gen_random_uuid(), now(), 's:' || n % 500, 'k.' || n % 500, "
            "'user:' || n % 500, false, '{}' FROM generate_series(1, 20000) AS n"
        )
        cursor.execute("ANALYZE zdt_audit_entry")
    page = Entry.objects.filter(
        **{column: {"stream": "s:7", "kind": "k.7", "actor": "user:7"}[column]}
    )

    plan = page.order_by("-id")[:50].explain()

    assert "Seq Scan" not in plan
    assert f"zdt_audit_{column}" in plan
