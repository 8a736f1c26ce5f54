"""What a model's Meta names follows a rename in the migrations' state; what it says doesn't."""

import pytest
from django.db import migrations, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Concat, Lower
from django.db.models.lookups import Exact

from tests.deploy.schema.history import APP, History
from zdt_deploy.schema import operations as zdt


def check(condition, **options):
    return {"constraints": [models.CheckConstraint(condition=condition, name="k", **options)]}


def unique(*expressions, **options):
    return {"constraints": [models.UniqueConstraint(*expressions, name="k", **options)]}


def index(*expressions, **options):
    return {"indexes": [models.Index(*expressions, name="k", **options)]}


METAS = {
    "values of another field": lambda n: check(Q(kind__in=["email", "phone"])),
    "values of the field": lambda n: check(Q(**{f"{n}__in": ["email", "b"]})),
    "a value": lambda n: check(Q(kind="email")),
    "a range": lambda n: check(Q(kind__range=("a", "email"))),
    "a range up to the field": lambda n: check(Q(kind__range=("email", F(n)))),
    "a comparison of both": lambda n: check(Q(kind__lt=F(n))),
    "a message": lambda n: unique(fields=[n], violation_error_message="email"),
    "a code": lambda n: check(~Q(**{n: ""}), violation_error_code="email"),
    "more in a unique index": lambda n: unique(fields=["kind"], include=[n]),
    "an expression": lambda n: unique(Lower(n), "kind"),
    "a descending index": lambda n: index(fields=["-" + n, "kind"]),
    "a partial index": lambda n: index(
        fields=["kind"], condition=Q(**{f"{n}__isnull": True}) | Q(kind="x")
    ),
    "a case": lambda n: index(Case(When(**{n: "email", "then": n}), default=F("kind"))),
    "the condition of a case": lambda n: index(
        Case(When(Q(**{n: "a"}), then=F(n)), default=Value("email"))
    ),
    "texts put together": lambda n: index(Concat(n, Value("email"))),
    "what comes latest": lambda n: {"get_latest_by": ["-kind", n], "ordering": ["-" + n]},
    "a lookup as an expression": lambda n: check(Q(Exact(F(n), "email")) | Q(kind="x")),
    "an order": lambda n: index(Coalesce(F(n), F("kind")).desc()),
}


@pytest.mark.parametrize("meta", METAS.values(), ids=METAS)
def test_makemigrations_finds_nothing_to_do_after_a_rename(meta):
    def user(name):
        fields = [(name, models.CharField(max_length=80)), ("kind", models.TextField())]
        return migrations.CreateModel("User", fields, meta(name))

    history = History()
    user("email").state_forwards(APP, history.state)
    zdt.SwitchRenameField("user", "email", "address").state_forwards(APP, history.state)

    assert history.is_clean(user("address"))
