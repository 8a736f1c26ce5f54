"""`manage.py zdt_audit`."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.audit.factories import EntryFactory
from zdt_audit import protection, reading
from zdt_audit.models import Entry
from zdt_core import database

pytestmark = pytest.mark.django_db


def run(*words):
    out = io.StringIO()
    call_command("zdt_audit", *words, stdout=out)
    return out.getvalue()


def test_the_list_shows_the_newest_first():
    EntryFactory(kind="a.b", stream="s:1")
    EntryFactory(kind="c.d", stream="s:2", refused=True)

    lines = run("list").splitlines()

    assert "c.d (refused)  s:2  user:ann" in lines[0]
    assert "a.b  s:1  user:ann" in lines[1]


def test_the_list_can_be_cut_and_filtered():
    for number in range(4):
        EntryFactory(stream="s:1" if number % 2 else "s:2")

    assert len(run("list", "--limit", "3").splitlines()) == 3
    assert len(run("list", "--stream", "s:1").splitlines()) == 2


def test_machines_read_the_list_as_json():
    entry = EntryFactory()

    (shown,) = json.loads(run("list", "--json"))["entries"]

    assert shown == {"number": entry.pk, **entry.content}


def test_an_export_is_every_entry_oldest_first_with_its_exact_text(monkeypatch):
    monkeypatch.setattr(reading, "_PIECE", 2)
    made = [EntryFactory(facts={"n": number, "text": "ü😀"}) for number in range(5)]

    lines = [json.loads(line) for line in run("export").splitlines()]

    assert lines == [{"id": entry.pk, "canon": entry.canon} for entry in made]


def test_an_export_goes_to_a_new_file(tmp_path):
    EntryFactory()
    file = tmp_path / "trail.jsonl"

    said = json.loads(run("export", "--output", str(file), "--json"))

    assert said == {"entries": 1, "file": str(file)}
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1


def test_an_export_goes_on_where_the_last_one_ended():
    first = EntryFactory()
    second = EntryFactory()

    (line,) = run("export", "--after", str(first.pk)).splitlines()

    assert json.loads(line)["id"] == second.pk


def test_that_somebody_exported_is_an_entry():
    entry = EntryFactory(stream="s:1")

    run("export", "--stream", "s:1")

    noted = Entry.objects.latest("id")
    facts = noted.content["facts"]
    assert noted.kind == "audit.exported"
    assert (facts["entries"], facts["last"], facts["stream"]) == (1, entry.pk, "s:1")


def test_an_export_overwrites_nothing(tmp_path):
    file = tmp_path / "trail.jsonl"
    file.write_text("precious")

    with pytest.raises(CommandError, match="overwrites nothing") as refused:
        run("export", "--output", str(file))

    assert refused.value.returncode == 1
    assert file.read_text() == "precious"
    assert Entry.objects.count() == 0


def test_an_export_that_breaks_off_leaves_no_file(tmp_path, monkeypatch):
    def break_off(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("zdt_audit.reading.oldest_first", break_off)
    with pytest.raises(CommandError, match="Interrupted") as ended:
        run("export", "--output", str(tmp_path / "trail.jsonl"))

    assert ended.value.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_an_export_into_nowhere_says_why(tmp_path):
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        run("export", "--output", str(tmp_path / "nowhere" / "trail.jsonl"))


def test_protect_puts_the_trigger_back_and_tells_what_it_found():
    said = json.loads(run("protect", "--json"))

    assert said == {"was": "missing", "is": "whole"}
    assert protection.state(database.connection()) == "whole"
    assert Entry.objects.get().content["facts"] == {"was": "missing"}


@pytest.mark.parametrize(
    "words", [(), ("seal",), ("list", "--limit", "many"), ("list", "--limit", "0")]
)
def test_wrong_usage_is_an_error(words):
    with pytest.raises(CommandError):
        run(*words)
