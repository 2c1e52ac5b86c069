"""Decisions survive their stored form; what was found on the way is in it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.contracts import queries
from palier.core import coverage
from palier.core.programme import FactValue
from palier.tickets import convert, drafts

PROGRAMMES = Path(__file__).parents[2] / "programmes"


@pytest.mark.parametrize("name", ["horizant", "solidxperts", "infor", "proconcept", "northern"])
def test_every_kind_of_decision_comes_back_equal(name: str) -> None:
    programme = queries.read_programme((PROGRAMMES / f"{name}.yaml").read_text()).programme
    assert programme is not None
    plan = next(iter(programme.plans))
    balances = {one: coverage.Balance(left=1, granted=2) for one in programme.allowances}
    for kind in programme.kinds:
        for contract in ("active", "none", "unpaid"):
            facts: dict[str, FactValue] = {"kind": kind, "contract": contract, "plan": plan, "seats": 3}
            if programme.facts.get("option") is not None:
                facts["option"] = tuple(programme.facts["option"].values)
            decision = coverage.decide(programme, facts, balances)
            stored = convert.decision_to_json(decision)
            assert convert.decision_from_json(json.loads(json.dumps(stored))) == decision
            assert json.dumps(stored) == json.dumps(convert.decision_to_json(decision))


@given(st.integers(-(10**15), 2 * 10**17))
def test_instants_keep_their_microseconds(micros: int) -> None:
    at = convert.instant(micros)
    assert convert.micros(at) == micros
    assert at.utcoffset() == timedelta(0)


def test_none_stays_none() -> None:
    assert convert.instant_or_none(None) is None


def test_a_customer_answers_only_its_own_questions() -> None:
    programme = queries.read_programme((PROGRAMMES / "proconcept.yaml").read_text()).programme
    assert programme is not None
    own = {fact.id for fact in drafts.questions(programme, kind="error", of=drafts.CUSTOMERS_WORDS)}
    every = {fact.id for fact in drafts.questions(programme, kind="error", of=drafts.STAFFS_WORDS)}
    assert "cause" in own
    assert "research" not in own
    assert "research" in every
    assert "object" not in every
