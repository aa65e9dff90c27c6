"""A rough size from little or much history: ranges that hold, lanes and trip wires (P8, P9)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import request, similar
from tests.small_catalogue import catalogue, found, kind
from triage.catalogue import CatalogueTripWire, KindDays
from triage.domain import (
    FULL_REVIEW_DAYS,
    Days,
    Evidence,
    Lane,
    Reading,
    Request,
    RoughSize,
    SizeOpinion,
    TShirt,
)
from triage.sizing import lane, rough_size, trip_wires

BIG = KindDays(
    groundwork=Days(low=1, high=3),
    setup=Days(low=1, high=3),
    build=Days(low=8, high=25),
    support=Days(low=1, high=4),
)
WIRES = (
    CatalogueTripWire(id="billing", name="Billing rules", why="Paid back.", cues=(r"\binvoices?\b",)),
    CatalogueTripWire(id="refunds", name="Refunds", why="Paid back.", kinds=("refund",)),
)
SMALL = catalogue(kind("export"), kind("approve", days=BIG), kind("refund"), trip_wires=WIRES)
READING = Reading(kinds=(found("export"),))
PARTS = ("groundwork", "setup", "build", "support")


def sized(
    reading: Reading = READING,
    past_sizes: tuple[float, ...] = (),
    samples: tuple[float, ...] = (),
    opinion: SizeOpinion | None = None,
    asked: Request | None = None,
    score: float = 0.9,
) -> RoughSize:
    past = tuple(similar(f"past-{n}", score, size_days=days) for n, days in enumerate(past_sizes))
    evidence = Evidence(similar=past)
    return rough_size(SMALL, asked or request(), reading, evidence, samples, opinion)


def holds(size: RoughSize) -> None:
    """What is true of every size, however absurd its grounds."""
    for part in PARTS:
        days = getattr(size, part)
        assert 0 <= days.low <= days.high, part
    assert size.label is TShirt.of(size.total.middle)
    assert size.reasons


# --- history -------------------------------------------------------------------------------------


def test_without_history_the_kind_of_change_decides_and_says_so() -> None:
    size = sized()
    holds(size)
    assert size.build.low > 0
    assert size.comparables == ()
    assert any("Export" in reason for reason in size.reasons)
    assert any(reason.startswith("Only 0 finished requests") for reason in size.reasons)


def test_without_a_known_kind_there_is_still_a_size() -> None:
    for reading in (Reading(), Reading(kinds=(found("time_travel"),))):
        size = sized(reading)
        holds(size)
        assert size.total.high > size.total.low > 0


def test_a_larger_kind_is_larger_and_a_second_one_adds() -> None:
    export = sized().total.middle
    approve = sized(Reading(kinds=(found("approve"),))).total.middle
    both = sized(Reading(kinds=(found("export"), found("approve")))).total.middle
    assert export < approve < both < export + approve


def test_a_request_that_reads_as_small_is_smaller() -> None:
    assert sized(READING.model_copy(update={"smallness": 0.95})).total.high < sized().total.high


MANY = (5.0,) * 40


def test_comparables_pull_towards_what_they_took() -> None:
    plain = sized(samples=MANY).total.middle
    assert sized(past_sizes=(60.0, 70.0, 80.0), samples=MANY).total.middle > plain
    assert sized(past_sizes=(0.3, 0.4, 0.5), samples=MANY).total.middle < plain


def test_comparables_are_one_voice_and_never_the_last_word() -> None:
    size = sized(past_sizes=(100.0,) * 6, samples=(100.0,) * 40)
    assert sized().total.middle < size.total.middle < 100


def test_few_finished_requests_speak_more_quietly_than_many() -> None:
    few = sized(past_sizes=(60.0, 70.0, 80.0), samples=(50.0,) * 3).total.middle
    many = sized(past_sizes=(60.0, 70.0, 80.0), samples=(50.0,) * 60).total.middle
    assert sized().total.middle < few < many


def test_comparables_are_cited_with_how_they_ended() -> None:
    size = sized(past_sizes=(6.0, 8.0), samples=MANY)
    assert [(citation.id, citation.passage) for citation in size.comparables] == [
        ("past-0", "6 days · shipped"),
        ("past-1", "8 days · shipped"),
    ]
    assert "2 similar past requests took 6, 8 days." in size.reasons


def test_a_past_request_of_unknown_size_is_no_comparable() -> None:
    evidence = Evidence(similar=(similar(size_days=None),))
    assert rough_size(SMALL, request(), READING, evidence, MANY, None).comparables == ()


def test_all_sizes_equal() -> None:
    size = sized(past_sizes=(5.0,) * 6, samples=MANY)
    holds(size)
    assert size.total.low < size.total.high


@pytest.mark.parametrize("absurd", [1e-9, 1e9, 1e300])
def test_absurd_sizes_do_not_break_it(absurd: float) -> None:
    size = sized(
        past_sizes=(absurd,) * 6, samples=(absurd,) * 40, opinion=SizeOpinion(days=Days(low=0, high=absurd))
    )
    holds(size)


SIZES = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(
    past_sizes=st.lists(SIZES, max_size=8).map(tuple),
    samples=st.lists(SIZES, max_size=30).map(tuple),
    score=st.floats(min_value=-1, max_value=3),
    smallness=st.floats(min_value=0, max_value=1),
    kinds=st.lists(st.sampled_from(["export", "approve", "time_travel"]), unique=True),
)
def test_never_negative_and_never_reversed(
    past_sizes: tuple[float, ...],
    samples: tuple[float, ...],
    score: float,
    smallness: float,
    kinds: list[str],
) -> None:
    reading = Reading(kinds=tuple(found(each) for each in kinds), smallness=smallness)
    holds(sized(reading, past_sizes, samples, score=score))


# --- the model's opinion -------------------------------------------------------------------------


def test_an_opinion_is_one_voice() -> None:
    plain = sized(samples=MANY)
    opinion = SizeOpinion(days=Days(low=80, high=120), argument="three systems take part")
    argued = sized(samples=MANY, opinion=opinion)
    assert plain.total.middle < argued.total.middle < opinion.days.middle / 2
    assert any("three systems take part" in reason for reason in argued.reasons)
    assert not any("model" in reason for reason in plain.reasons)


def test_an_endless_argument_is_cut() -> None:
    opinion = SizeOpinion(days=Days(low=1, high=2), argument="because " * 1000)
    assert max(map(len, sized(opinion=opinion).reasons)) <= 300


# --- lanes and trip wires ------------------------------------------------------------------------


def test_the_lane_follows_the_upper_end() -> None:
    assert lane(Days(low=1, high=FULL_REVIEW_DAYS), ()) is Lane.FAST
    assert lane(Days(low=1, high=FULL_REVIEW_DAYS + 0.5), ()) is Lane.FULL


def test_a_large_request_gets_the_full_lane() -> None:
    assert sized(Reading(kinds=(found("approve"),))).lane is Lane.FULL


def test_a_trip_wire_forces_full_review_whatever_the_size() -> None:
    tiny = READING.model_copy(update={"smallness": 1.0})
    assert sized(tiny).lane is Lane.FAST
    size = sized(tiny, asked=request(body="Please add the name to the invoice."))
    assert size.total.high < FULL_REVIEW_DAYS
    assert size.lane is Lane.FULL
    assert [(wire.id, wire.quote, wire.why) for wire in size.trip_wires] == [
        ("billing", "invoice", "Paid back.")
    ]


def test_a_kind_that_is_likely_trips_a_wire_without_a_word() -> None:
    def tripped(score: float) -> list[str]:
        return [wire.id for wire in trip_wires(SMALL, request(), Reading(kinds=(found("refund", score),)))]

    assert tripped(0.9) == ["refunds"]
    assert tripped(0.1) == []


def test_a_wires_quote_is_literal() -> None:
    (wire,) = trip_wires(SMALL, request(subject="INVOICES again"), Reading())
    assert wire.quote == "INVOICES"


@pytest.mark.parametrize(
    ("days", "label"),
    [(0, "XS"), (0.5, "XS"), (0.6, "S"), (3, "S"), (3.1, "M"), (10, "M"), (11, "L"), (40, "L"), (41, "XL")],
)
def test_labels(days: float, label: str) -> None:
    assert TShirt.of(days) == label


def test_the_label_is_that_of_the_geometric_middle() -> None:
    nothing = Days(low=0, high=0)
    wide = catalogue(
        kind("export", days=KindDays(setup=nothing, build=Days(low=2, high=45), support=nothing))
    )
    size = rough_size(wide, request(), READING, Evidence(), (), None)
    assert size.total == Days(low=2, high=45)
    assert size.label is TShirt.M  # the middle is 9.5; the mean of the ends would be 23.5
