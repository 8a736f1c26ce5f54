"""`zdt_schema new` and `next`: files that a developer would have written, one step per release."""

import importlib
import json
import shlex
from contextlib import nullcontext

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from tests.deploy.schema.migrations_of import Migrations
from tests.docs import snippets
from zdt_core.exceptions import Refused
from zdt_deploy.schema.writing import beginning, foresight
from zdt_deploy.schema.writing.recipes import RECIPES

EXPAND = """from django.db import migrations

from zdt_deploy.schema import operations as zdt


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0001_initial"),
        ("zdt_deploy", "0001_initial"),
    ]

    operations = [
        zdt.ExpandRenameField(
            model_name="user",
            old_name="user_email",
            new_name="email_address",
        ),
    ]
"""


@pytest.fixture
def shop(tmp_path, settings):
    migrations = Migrations(tmp_path, settings)
    yield migrations
    migrations.leave()


@pytest.fixture
def schema(capsys):
    """Runs it with --json: its object."""

    def schema(*arguments):
        importlib.invalidate_caches()
        call_command("zdt_schema", *arguments, json=True)
        return json.loads(capsys.readouterr().out)

    return schema


def plain(text):
    """Without what a formatter may do to it."""
    return text.replace("'", '"').replace(" ", "").replace(",\n", "\n").replace("\n", "")


def refused(*arguments, match):
    importlib.invalidate_caches()
    with pytest.raises(CommandError, match=match) as wrong:
        call_command("zdt_schema", *arguments)
    return wrong.value.returncode


def test_a_rename_is_written_one_release_at_a_time(shop, schema, settings):
    written = schema("new", "rename", "shop.User", "user_email", "email_address")

    assert written["change"] == "shop.user.user_email>email_address"
    assert (written["step"], written["models_differ"]) == ("expand", [])
    assert "stays as it is" in written["advice"]
    path = shop.folder / "0002_expand_user_email_address.py"
    assert written["path"] == str(path)
    assert plain(path.read_text()) == plain(EXPAND)

    switch = schema("next")
    assert switch["path"].endswith("0003_switch_user_email_address.py")
    assert switch["step"] == "switch"
    assert "rename user_email to email_address" in switch["advice"]
    assert switch["models_differ"]  # models.py is to be changed with this release

    contract = schema("next", "shop.user.user_email>email_address")
    assert contract["step"] == "contract"
    assert '("shop", "0003_switch_user_email_address")' in path.with_name(
        "0004_contract_user_email_address.py"
    ).read_text().replace("'", '"')
    assert refused("next", match="has a step to come") == 1


def test_what_is_written_can_be_loaded(shop, schema):
    schema("new", "rename", "shop.User", "user_email", "email_address")
    importlib.invalidate_caches()

    migration = MigrationLoader(None).graph.nodes["shop", "0002_expand_user_email_address"]

    assert migration.atomic is False
    assert type(migration.operations[0]).__name__ == "ExpandRenameField"


def test_a_type_is_altered_with_a_column_of_its_own(shop, schema):
    field = 'models.IntegerField(db_column="how_many")'
    written = schema("new", "alter", "shop.Order", "quantity", "--field", field)
    switch = schema("next")

    text = (shop.folder / "0002_expand_order_quantity.py").read_text().replace("'", '"')
    assert 'field=models.IntegerField(db_column="how_many")' in text
    assert (written["step"], switch["step"]) == ("expand", "switch")
    assert "make quantity the new IntegerField with db_column “how_many”" in switch["advice"]


def test_a_field_is_split_and_fields_are_merged(shop, schema):
    schema(
        "new", "split", "shop.Product", "name",
        "--field", "first=models.CharField(max_length=40)",
        "--field", "rest=models.CharField(max_length=40)",
        "--up", "first=split_part({name}, ' ', 1)",
        "--up", "rest=substr({name}, strpos({name}, ' ') + 1)",
        "--down", "concat_ws(' ', {first}, {rest})",
    )  # fmt: skip
    schema(
        "new", "merge", "shop.User", "is_staff", "is_active",
        "--field", "standing=models.SmallIntegerField()",
        "--up", "{is_staff}::int * 2 + {is_active}::int",
        "--down", "is_staff={standing} > 1", "--down", "is_active={standing} % 2 = 1",
    )  # fmt: skip

    split = schema("next", "shop.product.name>first+rest")
    merged = schema("next", "shop.user.is_staff+is_active>standing")

    assert "put first, rest in the place of name" in split["advice"]
    assert "put standing in the place of is_staff, is_active" in merged["advice"]


def test_a_table_is_renamed(shop, schema):
    written = schema("new", "rename-table", "shop.Product", "shop_goods")
    switch = schema("next")

    assert written["change"] == "shop.product.db_table>shop_goods"
    assert "set db_table = “shop_goods” in the Meta of shop." in switch["advice"]


def test_a_field_is_retired_then_dropped(shop, schema):
    retired = schema("new", "drop-field", "shop.Product", "blurb")
    assert (retired["change"], retired["step"]) == ("shop.product.-blurb", "switch")
    assert "delete blurb" in retired["advice"]

    dropped = schema("next", "shop.product.-blurb")
    assert dropped["step"] == "contract"
    assert "zdt.DropField(" in (shop.folder / "0003_drop_product_blurb.py").read_text()


def test_a_table_is_retired_then_dropped(shop, schema):
    schema("new", "drop-table", "shop.Order")
    schema("next")

    assert "zdt.DropTable(" in (shop.folder / "0003_drop_order.py").read_text()


def test_a_dropped_table_with_a_name_of_its_own_is_named(shop, schema):
    shop.write_again("0001_initial", META, f"{META} 'db_table': 'orders',")
    schema("new", "drop-table", "shop.Order")
    schema("next")

    text = (shop.folder / "0003_drop_order.py").read_text().replace("'", '"')
    assert 'table="orders"' in text


def test_a_change_of_one_step_says_what_models_py_has(shop, schema):
    written = schema("new", "not-null", "shop.Order", "user")

    assert (written["change"], written["step"]) == ("", "")
    assert "user has null=False" in written["advice"]
    assert written["models_differ"] == ["Alter field user on order"]


def test_a_name_of_ones_own(shop, schema):
    written = schema("new", "drop-field", "shop.Product", "hue", "--name", "no_colours")

    assert written["path"].endswith("0002_no_colours.py")


def test_people_are_told_what_comes_next(shop, capsys):
    call_command("zdt_schema", "new", "rename", "shop.User", "user_email", "email_address")

    said = capsys.readouterr().out
    assert "manage.py zdt_schema next 'shop.user.user_email>email_address'" in said


TO_INTEGER = ["alter", "shop.Product", "slug", "--field", 'models.IntegerField(db_column="no")']

LONG_COLUMN = f"models.IntegerField(db_column='{'n' * 64}')"


@pytest.mark.parametrize(
    ("arguments", "match", "code"),
    [
        (["rename", "shop.User", "user_mail", "x"], "user_email", 1),
        (["rename", "shop.Usr", "user_email", "x"], "user", 1),
        (["rename", "User", "user_email", "x"], "shop.User", 1),
        (["rename", "shop.User", "user_email", "username"], "already", 1),
        (["rename", "shop.User", "user_email"], "takes APP.MODEL OLD NEW", 2),
        (["alter", "shop.Order", "total", "--field", "42"], "no field", 1),
        (["alter", "shop.Order", "total", "--field", "models.Model()"], "no field", 1),
        (["alter", "shop.Order", "total"], "needs --field", 1),
        (["alter", "shop.Order", "total", "--field", "models.TextField()"], "db_column", 1),
        (
            [
                "alter",
                "shop.Order",
                "quantity",
                "--field",
                'models.IntegerField(db_column="total")',
            ],
            "already",
            1,
        ),
        (["split", "shop.User", "username", "--field", "models.TextField()"], "NAME=", 1),
        (["add-field", "shop.Order", "nothing"], "Change models.py first", 1),
        (["add-index", "shop.Order", "nothing"], "Change models.py first", 1),
        (["add-foreign-key", "shop.Order", "nothing"], "Change models.py first", 1),
        (["add-foreign-key", "shop.Order", "user"], "change nothing", 1),
        (["add-foreign-key", "shop.Order", "total"], "no ForeignKey", 1),
        (["drop-foreign-key", "shop.Order", "usr"], "user", 1),
        (["not-null", "shop.Order", "product"], "change nothing", 1),
        (["rename", "shop.User", "user_email", "x", "--overflow", "null"], "no --overflow", 1),
        (["renmae", "shop.User", "a", "b"], "Did you mean rename", 2),
        (["rename", "shop.User", "id", "number"], "primary key", 1),
        (["alter", "shop.User", "id", "--field", 'models.UUIDField(db_column="x")'], "primary", 1),
        *[
            (["rename", "shop.User", "user_email", name], "can be called", 1)
            for name in ("e-mail", "class", "pk", "save", "a__b", "email_", "1mail", "")
        ],
        (["rename", "shop.User", "user_email", "e" * 64], "63 bytes", 1),
        (["rename", "shop.User", "user_email", "ü" * 32], "63 bytes", 1),
        (["rename", "shop.User", "user_email", "xmin"], "its own", 1),
        (["rename", "shop.User", "groups", "teams"], "no column of its own", 1),
        (
            ["alter", "shop.Order", "quantity", "--field", LONG_COLUMN],
            "63 bytes",
            1,
        ),
        (
            ["split", "shop.Product", "name", "--field", "class=models.TextField()"],
            "can be called",
            1,
        ),
        (["rename-table", "shop.Product", "g" * 64], "63 bytes", 1),
        (["rename-table", "shop.Product", "users"], "shop.User has the table", 1),
        (["rename-table", "shop.Product", "shop_product"], "would change nothing", 1),
        (["rename-table", "shop.User", ""], "63 bytes", 1),
        (["drop-table", "shop.Product"], "shop.Order.product refer to", 1),
        (["drop-field", "shop.User", "blurb", "--name", "v1.2"], "--name", 1),
        ([*TO_INTEGER, "--down", "{no}"], "up", 1),
        ([*TO_INTEGER, "--up", "{slug}::int"], "down", 1),
        ([*TO_INTEGER, "--up", "{slgu}::int", "--down", "{no}"], "slgu", 1),
        (
            [*TO_INTEGER, "--up", "{slug}::int", "--down", "{no}", "--overflow", "nope"],
            "policy nope is unknown",
            1,
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_writes_nothing(shop, arguments, match, code):
    assert refused("new", *arguments, match=match) == code
    assert sorted(path.name for path in shop.folder.glob("0*.py")) == ["0001_initial.py"]


def test_what_is_begun_is_not_begun_again(shop, schema):
    schema("new", "rename", "shop.User", "user_email", "email_address")

    assert (
        refused(
            "new", "rename", "shop.User", "user_email", "email_address", match="zdt_schema next"
        )
        == 1
    )


BLURB = 'models.CharField(max_length=300, db_column="{}")'
OVERLAPS = {
    "another name": ["rename", "shop.Product", "blurb", "summary"],
    "another type": ["alter", "shop.Product", "blurb", "--field", BLURB.format("text")],
    "the same column": ["alter", "shop.Product", "name", "--field", BLURB.format("teaser")],
    "a drop": ["drop-field", "shop.Product", "blurb"],
    "the whole table": ["rename-table", "shop.Product", "goods"],
    "the whole model": ["drop-table", "shop.Product"],
}


@pytest.mark.parametrize("arguments", OVERLAPS.values(), ids=OVERLAPS)
def test_what_another_change_of_the_files_has_begun_with_has_to_wait(shop, schema, arguments):
    schema("new", "rename", "shop.Product", "blurb", "teaser")

    assert refused("new", *arguments, match=r"blurb>teaser, which 0002_expand\w+ has begun") == 1
    assert len(list(shop.folder.glob("0*.py"))) == 2

    schema("new", "rename", "shop.Product", "hue", "colour")
    schema("new", "rename", "shop.User", "user_email", "teaser")


@pytest.mark.parametrize(
    "meta",
    [
        'migrations.AlterUniqueTogether("product", {("blurb", "hue")})',
        'migrations.AddConstraint("product", models.CheckConstraint(name="both",'
        ' condition=models.Q(blurb="", hue__gt=0)))',
        'migrations.AddIndex("product", models.Index(fields=["hue", "-blurb"], name="both"))',
    ],
)
def test_what_spans_the_fields_of_two_changes_keeps_the_second_waiting(shop, schema, meta):
    schema("new", "rename", "shop.Product", "blurb", "teaser")
    shop.add("meta", meta)

    match = r"(both|blurb, hue) of shop.Product.*blurb>teaser"
    assert refused("new", "rename", "shop.Product", "hue", "colour", match=match) == 1


def test_a_field_that_a_constraint_names_is_not_dropped_before_it(shop):
    shop.add("together", 'migrations.AlterUniqueTogether("product", {("blurb", "hue")})')

    match = "names blurb in blurb, hue. Take that out first"
    assert refused("new", "drop-field", "shop.Product", "blurb", match=match) == 1


def test_a_model_that_another_one_stands_for_is_not_dropped_before_it(shop):
    options = "options={'proxy': True}, bases=('shop.order',)"
    shop.add("proxy", f"migrations.CreateModel('Cart', [], {options})")

    assert refused("new", "drop-table", "shop.Order", match="shop.Cart refer to shop.Order") == 1
    assert len(list(shop.folder.glob("0*.py"))) == 2


class _ReportsElsewhere:
    def allow_migrate(self, db, app_label, **hints):
        return app_label != "report"


@pytest.mark.parametrize(
    ("managed", "routers", "is_taken"),
    [(True, [], True), (False, [], False), (True, [_ReportsElsewhere()], False)],
)
def test_the_name_of_a_table_is_taken_by_what_migrations_make_beside_it(
    settings, managed, routers, is_taken
):
    settings.DATABASE_ROUTERS = routers
    key = [("id", models.BigAutoField(primary_key=True))]
    product = ModelState("shop", "Product", key)
    goods = ModelState("report", "Goods", key, {"db_table": "goods", "managed": managed})
    state = ProjectState({("shop", "product"): product, ("report", "goods"): goods})

    taken = pytest.raises(Refused, match=r"report\.Goods has the table")
    with taken if is_taken else nullcontext():
        foresight.require_other_table(state, "shop", product, "goods")


def test_once_its_contract_is_written_another_change_may_begin(shop, schema, monkeypatch):
    schema("new", "drop-field", "shop.Product", "blurb")
    schema("next")

    monkeypatch.setattr(beginning, "_differences", lambda *args: [])
    assert schema("new", "rename-table", "shop.Product", "goods")["step"] == "expand"


def test_two_changes_under_way_are_told_apart(shop, schema):
    schema("new", "rename", "shop.User", "user_email", "email_address")
    schema("new", "drop-field", "shop.Product", "blurb")

    assert refused("next", match="shop.product.-blurb, shop.user.user_email") == 1
    assert refused("next", "shop", match="name one of: shop.product.-blurb, shop.user") == 1
    assert refused("next", "blog", match="begins “blog”") == 1
    assert schema("next", "Product.-b")["change"] == "shop.product.-blurb"
    assert schema("next", "user_email>")["step"] == "switch"


# ---- what the documentation shows ----

SHOWN = [
    words[4:]
    for snippet in snippets.read(snippets.ROOT / "docs/how-to/schema-changes.md").snippets
    if "test_writing.py" in snippet.not_run
    for line, _said in snippets.commands(snippet.code)
    if (words := shlex.split(line))[3] == "new"
]
INDEX = models.Index(fields=["release"], name="by_release")
CHECK = models.CheckConstraint(condition=models.Q(quantity__gt=0), name="some_ordered")
NOW = "django.db.models.functions.datetime.Now()"
KEY = "('user', models.ForeignKey(null=True, "
META = "'ordering': ('-id',),"
BEHIND = {
    "add-field": (f"('placed_at', models.DateTimeField(db_default={NOW})),", ""),
    "add-foreign-key": (KEY, f"{KEY}db_constraint=False, "),
    "drop-index": (
        META, f"{META} 'indexes': [models.Index(fields=['release'], name='by_release')],"
    ),
    "drop-constraint": (
        META,
        f"{META} 'constraints': [models.CheckConstraint(condition=models.Q(quantity__gt=0),"
        " name='some_ordered')],",
    ),
}  # fmt: skip
"""What the migrations lack, or have still, of what models.py has."""
META_OF_MODELS = {"add-index": ("indexes", INDEX), "add-constraint": ("constraints", CHECK)}


@pytest.fixture
def ahead(shop, monkeypatch):
    """``ahead(word)``: models.py is changed as a change of one release wants it."""

    def be(word):
        if word in BEHIND:
            shop.write_again("0001_initial", *BEHIND[word])
            assert BEHIND[word][1] in (shop.folder / "0001_initial.py").read_text()
        order = apps.get_model("shop", "Order")._meta
        if word in META_OF_MODELS:
            name, given = META_OF_MODELS[word]
            monkeypatch.setattr(order, name, [given])
            monkeypatch.setitem(order.original_attrs, name, [given])

    return be


def test_the_page_shows_every_change():
    assert {words[0] for words in SHOWN} == set(RECIPES)


@pytest.mark.parametrize("words", SHOWN, ids=lambda words: " ".join(words[:2]))
def test_a_change_that_the_page_shows_is_written(shop, schema, ahead, words):
    ahead(words[0])

    written = schema("new", *words)

    importlib.invalidate_caches()
    name = written["path"].rpartition("/")[2].removesuffix(".py")
    migration = MigrationLoader(None).graph.nodes["shop", name]
    assert type(migration.operations[0]).__module__ == "zdt_deploy.schema.operations"
    by_models = ("not-null", "null", "drop-foreign-key", "drop-field", "drop-table")
    assert bool(written["models_differ"]) is (words[0] in by_models)


def test_a_foreign_key_that_is_new_is_a_field(shop, schema):
    text = (shop.folder / "0001_initial.py").read_text()
    (line,) = (line for line in text.splitlines() if "('user', models.ForeignKey" in line)
    shop.write_again("0001_initial", line, "")

    written = schema("new", "add-foreign-key", "shop.Order", "user")

    assert "zdt.AddForeignKey(" in (shop.folder / "0002_order_user.py").read_text()
    assert written["models_differ"] == []


def test_what_a_change_of_a_type_may_lose_is_said(shop, schema):
    schema(
        "new", "alter", "shop.Product", "blurb",
        "--field", 'models.CharField(max_length=9, db_column="teaser")',
        "--up", "left({blurb}, 9)", "--lossy", "--acknowledge", "tidy", "--acknowledge", "trim",
    )  # fmt: skip

    text = plain((shop.folder / "0002_expand_product_blurb.py").read_text())
    assert "lossy=True" in text
    assert 'acknowledge=("tidy","trim")' in text


@pytest.mark.parametrize("word", META_OF_MODELS)
def test_what_meta_has_is_named(shop, schema, ahead, word):
    ahead(word)

    name = META_OF_MODELS[word][1].name
    assert f" has {name}" in schema("new", word, "shop.Order", name)["advice"]
