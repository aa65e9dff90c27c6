from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from triage.analysts.weights import load_weights
from triage.domain import KindFound, PastRequest, Reading, Request
from triage.retrieval.candidates import Candidates, Query
from triage.retrieval.centre import Centre
from triage.retrieval.search import WEIGHTS
from triage.retrieval.signs import SIGNS, UNKNOWN, Facts, area_share, crowding, facts_of, sign_rows
from triage.retrieval.similar import without_aside
from triage.retrieval.texts import TitledText

ROWS = np.eye(3, 4)


def found(number: int) -> Candidates[PastRequest]:
    past = tuple(PastRequest(id=str(n)) for n in range(number))
    return Candidates(past, ROWS[:number], ROWS[:number], np.zeros(number))


@pytest.mark.parametrize(
    ("here", "there", "share"),
    [
        ("Billing", "billing ", 1.0),
        ("Billing / Export", "Billing", 0.5),
        ("Billing / Export", "billing/export", 1.0),
        ("Billing › Export", "Billing › Import", 0.5),
        ("Jobs / Export", "Billing / Export", 0.0),
        ("Billing", "Jobs", 0.0),
        ("", "Billing", None),
        ("Billing", " / ", None),
    ],
)
def test_areas_share_their_upper_levels(here: str, there: str, share: float | None) -> None:
    assert area_share(here, there) == share


def test_facts_are_read_from_the_records() -> None:
    request = Request(
        id="r", customer="Alder", product_area="jobs", received=datetime(2026, 3, 11, tzinfo=UTC)
    )
    reading = Reading(kinds=(KindFound(id="export", name="Export", score=0.8),))
    past = PastRequest(id="p", opened="2026-03-01", customer="alder", product_area="Jobs", kinds=("export",))
    assert facts_of(request, reading, past) == Facts(days=10, area=1.0, customer=True, kinds=0.8)
    assert facts_of(Request(id="r"), Reading(), PastRequest(id="p")) == Facts()
    closed = PastRequest(id="p", closed="2026-03-10")
    assert facts_of(request, reading, closed).days == 1


def test_rows_are_in_the_order_of_the_signs() -> None:
    query = Query(TitledText("t", "t"), ROWS[0], ROWS[1])
    facts = [Facts(days=0, area=1.0, customer=True, kinds=0.9), Facts()]
    rows = sign_rows(query, found(2), facts, Centre(), Centre())
    named = dict(zip(SIGNS, rows.T, strict=True))
    assert named["full"] == pytest.approx([1.0, -0.25])
    assert named["title"] == pytest.approx([-0.25, 1.0])
    assert named["crowded"] == pytest.approx([-0.25, -0.25])
    assert named["age"] == pytest.approx([0.0, math.log1p(365)])
    assert named["area"].tolist() == [1.0, UNKNOWN["area"]]
    assert named["customer"].tolist() == [1.0, 0.0]
    assert named["kinds"].tolist() == [0.9, 0.0]


def test_nothing_found_gives_no_rows() -> None:
    query = Query(TitledText("t", "t"), ROWS[0], ROWS[1])
    assert sign_rows(query, found(0), [], Centre(), Centre()).shape == (0, len(SIGNS))


def test_a_crowd_is_the_three_nearest_others() -> None:
    cosines = np.array([[1, 0.9, 0.8, 0.1, 0.0]] * 5)
    np.fill_diagonal(cosines, 1.0)
    assert crowding(cosines)[0] == pytest.approx((0.9 + 0.8 + 0.1) / 3)
    assert crowding(cosines[:2, :2]).tolist() == pytest.approx([0.9, 1.0])
    assert crowding(cosines[:1, :1]).tolist() == [UNKNOWN["crowded"]]
    assert crowding(np.empty((0, 0))).tolist() == []


def test_shipped_weights_fit_the_signs_and_point_the_right_way() -> None:
    model = load_weights(WEIGHTS)
    weights = dict(zip(model.features, model.weights, strict=True))
    assert model.features == SIGNS
    assert set(UNKNOWN) < set(SIGNS)
    assert {name for name, weight in weights.items() if weight < 0} == {"crowded", "age"}


def test_age_and_crowd_order_but_make_nothing_comparable() -> None:
    rows = np.array([[0.3] * len(SIGNS), [0.3] * len(SIGNS)])
    rows[1, SIGNS.index("age")], rows[1, SIGNS.index("crowded")] = 9.0, 0.9
    before = rows.copy()
    plain = without_aside(rows)
    assert (plain[0] == plain[1]).all()
    assert (rows == before).all()
