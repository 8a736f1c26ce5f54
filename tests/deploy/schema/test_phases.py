"""The table of moves: every move that there is, and no other."""

import pytest

from zdt_core import kinds
from zdt_core.exceptions import Refused
from zdt_deploy.schema import phases
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import Move, Phase


def test_a_change_goes_from_expanded_to_contracted():
    phase = Phase.EXPANDED
    for move in (Move.BACKFILL, Move.VERIFY, Move.SWITCH, Move.CONTRACT):
        phase = phases.arrow(phase, move).target
    assert phase is Phase.CONTRACTED


def test_no_way_leads_to_the_switch_but_the_proof():
    assert {source for source, move in phases.TABLE if move is Move.SWITCH} == {Phase.VERIFIED}


def test_the_switch_and_the_contract_have_a_way_back():
    assert phases.arrow(Phase.SWITCHED, Move.SWITCH_BACK).target is Phase.VERIFIED
    assert phases.arrow(Phase.CONTRACTED, Move.RESTORE).target is Phase.SWITCHED


def test_any_other_move_is_refused_and_says_what_is_possible():
    for phase in Phase:
        for move in Move:
            if (phase, move) in phases.TABLE:
                continue
            with pytest.raises(Refused, match="Possible now") as refused:
                phases.arrow(phase, move)
            assert refused.value.code == "schema_illegal_move"


def test_each_phase_is_one_of_the_record_and_each_move_has_a_declared_event():
    assert {phase.value for phase in Phase} == set(SchemaChange.Phase.values)
    assert {arrow.event for arrow in phases.TABLE.values()} <= set(kinds.declared())
    assert set(SchemaChange.Phase.values) - {"contracted"} == phases.OPEN
