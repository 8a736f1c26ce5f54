"""Backfills of the project's own: a function over a queryset, or SQL, by name."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.db.models import F

from demo.shop.models import Order, Product
from tests.demo.factories import ProductFactory
from tests.deploy.backfills.tables import ADA, SMALL, differing, finish, make, run_due
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills import checks, declarations, functions, keys, planning
from zdt_deploy.backfills.kinds import Batch
from zdt_deploy.backfills.models import Backfill

pytestmark = pytest.mark.django_db
State = Backfill.State


@pytest.fixture(autouse=True)
def _own_declarations(monkeypatch):
    declarations.discover()
    monkeypatch.setattr(declarations, "_declared", {})


def orders_of(number, product="cup"):
    """Orders of a quantity of one."""
    made = ProductFactory(name=product)
    Order.objects.bulk_create(
        Order(product=made, quantity=1, total=5, release="1.0") for _each in range(number)
    )


def begin(name, **options):
    return backfills.start_declared(name, actor=ADA, pacing=SMALL, **options)


def test_a_function_gets_the_rows_of_each_batch():
    orders_of(45)
    sizes = []

    @backfills.backfill("double", queryset=lambda: Order.objects.filter(quantity=1))
    def double(orders):
        """Double the quantity."""
        sizes.append(len(orders))
        return orders.update(quantity=F("quantity") * 2)

    done = finish(begin("double"))

    assert (done.state, done.rows_done, done.rows_changed) == (State.SUCCEEDED, 45, 45)
    assert sizes == [20, 20, 5]
    assert set(Order.objects.values_list("quantity", flat=True)) == {2}
    assert backfills.declared()["double"].about == "Double the quantity."


def test_what_a_function_returns_may_be_nothing():
    orders_of(3)
    backfills.backfill("look", queryset=Order.objects.all)(lambda orders: None)

    assert finish(begin("look")).rows_changed == 3


@pytest.mark.parametrize(
    "given", [Order, Order.objects, Order.objects.all(), lambda: Order.objects]
)
def test_a_model_stands_for_all_of_its_rows(given):
    orders_of(3)
    backfills.backfill("all", queryset=given)(lambda orders: orders.update(quantity=8))

    assert finish(begin("all")).rows_changed == 3


def test_what_delete_returns_is_a_number_of_rows():
    orders_of(3)
    backfills.backfill("gone", queryset=Order)(lambda orders: orders.delete())

    assert finish(begin("gone")).rows_changed == 3


def test_a_function_that_returns_no_number_of_rows_has_done_nothing():
    orders_of(3)

    @backfills.backfill("text", queryset=Order)
    def text(orders):
        orders.update(quantity=8)
        return "done"

    done = finish(begin("text"))

    assert done.state == State.FAILED
    assert "returned 'done'; it is to return how many rows" in done.params["error"]
    assert not Order.objects.filter(quantity=8).exists()


@pytest.mark.parametrize(
    ("declare", "id", "said"),
    [
        (lambda: backfills.sql("odd", table="t", set={}), "zdt_deploy.E060", "needs"),
        (
            lambda: backfills.sql("odd", table="t", set={"a": "1"}, pacing="fast"),
            "zdt_deploy.E060",
            "no pacing “fast”",
        ),
        (
            lambda: backfills.sql("odd", table="t", set={"a": "1"}, pacing={"windows": None}),
            "zdt_deploy.E060",
            "a list of hours",
        ),
        (
            lambda: backfills.sql("", table="t", set={"a": "1"}),
            "zdt_deploy.E060",
            "a name of 1 to 200 characters",
        ),
        (
            lambda: backfills.backfill("odd", queryset=lambda: 7)(print),
            "zdt_deploy.E060",
            "it is 7",
        ),
        (
            lambda: backfills.backfill("odd", queryset=lambda: Order.objects.all()[:9])(print),
            "zdt_deploy.E060",
            "is a slice",
        ),
        (
            lambda: backfills.backfill(
                "odd", queryset=lambda: Order.objects.filter(pk=1).union(Order.objects.all())
            )(print),
            "zdt_deploy.E060",
            "made by union()",
        ),
        (
            lambda: backfills.backfill("odd", queryset=lambda: 1 / 0)(print),
            "zdt_deploy.W060",
            "division by zero",
        ),
    ],
)
def test_a_check_tells_of_what_cannot_be(declare, id, said):
    backfills.sql("fine", table="t", set={"a": "1"})
    declare()

    (found,) = checks.declarations_make_sense()

    assert found.id == id
    assert said in found.msg


def test_a_queryset_that_asks_an_absent_database_is_no_matter_of_the_check():
    def away():
        raise OperationalError("closed")

    backfills.backfill("later", queryset=away)(print)

    assert checks.declarations_make_sense() == []


def test_a_function_may_join_other_tables():
    orders_of(30)
    orders_of(5, "plate")

    @backfills.backfill("cups", queryset=lambda: Order.objects.filter(product__name="cup"))
    def cups(orders):
        return orders.update(quantity=7)

    assert finish(begin("cups")).rows_changed == 30


def test_a_function_is_not_called_where_there_are_no_rows():
    orders_of(40)
    seen = []

    @backfills.backfill("count", queryset=Order.objects.all)
    def count(orders):
        seen.append(len(orders))

    finish(begin("count"))

    assert seen == [20, 20]


def test_a_function_that_raises_fails_with_its_own_words():
    orders_of(3)

    @backfills.backfill("broken", queryset=Order.objects.all)
    def broken(orders):
        raise LookupError("no rate for XAU")

    done = finish(begin("broken"))

    assert done.state == State.FAILED
    assert done.params["error"] == "LookupError: no rate for XAU"


def test_sql_is_declared_without_a_model():
    make(50)
    backfills.sql("copy", table="thing", set={"new": "old"}, where="id > 10", lanes=2)

    done = finish(begin("copy"))

    assert (done.state, done.lanes, differing()) == (State.SUCCEEDED, 2, 10)


def test_percent_signs_in_sql_stay_what_they_are():
    make(5)
    backfills.sql("like", table="thing", set={"new": "old"}, where="old LIKE 'o%' AND id % 2 = 0")

    assert finish(begin("like")).rows_changed == 2


def test_what_is_given_wins_over_the_declaration():
    backfills.sql("copy", table="thing", set={"new": "old"}, lanes=2, pacing="none")

    row = backfills.start_declared("copy", actor=ADA, lanes=3, pacing="fixed")

    assert (row.lanes, row.pacing, row.table) == (3, {"mode": "fixed"}, "thing")


def test_what_is_not_given_of_the_pacing_stays_as_declared():
    hours = {"mode": "none", "windows": ["22:00-06:00"], "zone": "Europe/Berlin"}
    backfills.sql("copy", table="thing", set={"new": "old"}, pacing=hours)

    row = backfills.start_declared("copy", actor=ADA, pacing={"duty": 0.2})

    assert row.pacing == {**hours, "duty": 0.2}


def test_of_two_apps_that_declare_one_name_neither_is_run():
    make(5)
    declare = 'sql("totals", table="thing", set={"new": "old"})'
    for app in ("shop", "crm"):
        exec(declare, {"__name__": f"{app}.backfills", "sql": backfills.sql})

    (found,) = checks.declarations_make_sense()
    with pytest.raises(Refused) as refusal:
        begin("totals")

    assert (found.id, refusal.value.code) == ("zdt_deploy.E060", "backfill_declared_twice")
    assert "both shop.backfills and crm.backfills" in found.msg


def test_a_function_whose_name_another_app_takes_rests_until_it_is_known_which_is_meant():
    orders_of(3)
    backfills.backfill("totals", queryset=Order)(lambda orders: orders.update(quantity=8))
    row = begin("totals")
    run_due()
    exec('sql("totals", table="t", set={"a": "1"})', {"__name__": "crm", "sql": backfills.sql})

    run_due()

    assert backfills.progress(row).why == ("backfill_release_unknown", {})


def test_one_that_its_module_declares_anew_is_the_last_one():
    backfills.sql("copy", table="thing", set={"new": "1"})
    backfills.sql("copy", table="thing", set={"new": "old"})

    assert checks.declarations_make_sense() == []
    assert declarations.get("copy").spec == {"set": {"new": "old"}}


def test_an_unknown_name_is_refused():
    with pytest.raises(Refused) as refusal:
        begin("nothing")

    assert refusal.value.code == "backfill_function_unknown"


def test_a_key_that_the_model_does_not_have_is_refused(monkeypatch):
    connection = planning.connection_of("default")
    found = keys.table(connection, Product._meta.db_table)
    key = keys.Key((keys.Column("nowhere", '"nowhere"', "bigint"),))
    backfills.backfill("odd", queryset=Product.objects.all)(lambda rows: None)

    with pytest.raises(Refused) as refusal:
        functions.Function({"function": "odd"}).do(Batch(connection, found.sql, key, [1], None, 1))

    assert refusal.value.code == "backfill_key_not_in_model"
