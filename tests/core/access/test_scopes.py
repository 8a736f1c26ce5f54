import pytest

from tests.people import UserFactory
from zdt_core.access import scopes
from zdt_core.exceptions import Refused


def test_every_scope_has_a_sentence():
    known = scopes.known()

    assert {"metrics.read", "deployments.read", "deployments.start"} <= {one.name for one in known}
    assert [one for one in known if not str(one.meaning).endswith(".")] == []


@pytest.mark.django_db
def test_a_person_hands_out_only_what_they_may_do_themselves():
    steering = UserFactory(can=["pause_deployment"])
    both = UserFactory(can=["pause_deployment", "advance_deployment"])
    scopes.check_giver(["deployments.steer"], both)
    with pytest.raises(Refused, match="advance_deployment"):
        scopes.check_giver(["deployments.steer"], steering)


@pytest.mark.django_db
def test_every_scope_of_deployments_takes_a_permission():
    nobody = UserFactory()
    open_to_all = [one.name for one in scopes.known() if one.may_be_given_by(nobody)]

    assert [name for name in open_to_all if name.startswith("deployments.")] == []
