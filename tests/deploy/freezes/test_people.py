"""Who stands behind an account."""

import pytest

from tests.people import UserFactory
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.freezes.models import Emergency
from zdt_deploy.freezes.people import Who

CI = Actor("token", "ci")
MAY = "approve_emergency"


def test_a_login_of_ones_own_says_who_one_is_whatever_one_says(own_login):
    assert Who.shell("bob").person == "ada"


def test_a_shared_login_says_nothing(own_login):
    own_login("root")

    with pytest.raises(Refused, match="the login of a machine"):
        Who.shell()
    assert (Who.shell("ada").person, str(Who.shell("ada").actor)) == ("ada", "shell:root")


def test_who_signed_in_as_another_does_not_ask_in_a_name_that_is_not_theirs(own_login):
    own_login("root", signed_in="ada")

    with pytest.raises(Refused, match="You signed in to this machine as ada"):
        Who.shell("bob")
    assert Who.shell("Ada").person == "Ada"

    own_login("root", signed_in="ubuntu")
    assert Who.shell("bob").person == "bob"


@pytest.mark.parametrize(
    ("by", "name", "asked"),
    [
        ("shell:root", "bob", True), ("shell:root", "ROOT", True), ("shell:root", "ada", False),
        ("token:ci", "ci", False),
    ],
)  # fmt: skip
def test_both_the_login_and_the_name_that_it_gave_have_asked(by, name, asked):
    row = Emergency(requested_by=by, requester="bob")

    assert Who(Actor("user", name), name).asked_for(row) is asked


def test_which_logins_are_shared_is_a_setting(own_login, settings):
    settings.ZDT_SHARED_LOGINS = ["ada"]

    with pytest.raises(Refused):
        Who.shell()


@pytest.mark.django_db
def test_for_a_token_the_person_answers_who_made_it():
    UserFactory(username="ada", can=[MAY])

    assert Who.of_token(CI, "user:ada", MAY) == Who(CI, "ada")
    assert Who.of_token(CI, "shell:ada", MAY).person == "ada"


@pytest.mark.django_db
@pytest.mark.parametrize("facts", [None, {"can": []}, {"can": [MAY], "is_active": False}])
def test_who_is_gone_or_may_not_any_more_answers_for_no_token(facts):
    if facts is not None:
        UserFactory(username="ada", **facts)

    with pytest.raises(Refused, match="ada made the token ci, and may not do this here any more"):
        Who.of_token(CI, "user:ada", MAY)


@pytest.mark.parametrize("maker", ["shell:root", "system:x", "token:other", "user:", "nonsense"])
def test_a_token_that_no_person_made_speaks_for_nobody(maker):
    with pytest.raises(Refused, match="No person answers for the token ci"):
        Who.of_token(CI, maker, MAY)
