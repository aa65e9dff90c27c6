"""A rough size from little or much history: ranges that hold, lanes and trip wires (P8, P9)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.estimating.past import two_sorts
from tests.fakes import request, similar
from tests.small_catalogue import catalogue, found, kind
from triage.catalogue import CatalogueTripWire, KindDays
from triage.domain import (
    FULL_REVIEW_DAYS,
    Days,
    Evidence,
    FoundPassage,
    Lane,
    Passage,
    Reading,
    Request,
    RoughSize,
    SizeOpinion,
    TShirt,
)
from triage.estimating.estimator import Estimate, SizeEstimator
from triage.estimating.features import length_features
from triage.estimating.history import Items
from triage.estimating.outside import cold_start
from triage.sizing import cold_start_table, lane, rough_size, trip_wires

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
    notes: tuple[FoundPassage, ...] = (),
) -> RoughSize:
    past = tuple(similar(f"past-{n}", score, size_days=days) for n, days in enumerate(past_sizes))
    return rough_size(
        SMALL,
        asked or request(),
        reading,
        Evidence(similar=past, notes=notes),
        cold_start_table(SMALL, reading),
        estimate(reading, samples),
        opinion,
    )


def estimate(reading: Reading, samples: tuple[float, ...]) -> Estimate:
    """From finished requests of these sizes, oldest first, whose words say nothing."""
    table = cold_start_table(SMALL, reading).total
    low = max(0.1, table.low)
    finished = SizeEstimator.fit(_wordless(len(samples)), samples)
    return finished.estimate(_wordless(1), [cold_start(low, max(low, table.high), finished.items)])


def _wordless(count: int) -> Items:
    return Items(np.zeros((count, 4)), np.zeros((count, len(length_features("", "")))))


def holds(size: RoughSize) -> None:
    """What is true of every size, however absurd its grounds."""
    for part in PARTS:
        days = getattr(size, part)
        assert 0 <= days.low <= days.high, part
    assert size.label in TShirt
    assert size.reasons


# --- history -------------------------------------------------------------------------------------


def test_without_history_the_kind_of_change_decides_and_says_so() -> None:
    size = sized()
    holds(size)
    assert size.build.low > 0
    assert size.comparables == ()
    assert any("Export" in reason for reason in size.reasons)
    assert any(reason.startswith("No finished request") for reason in size.reasons)


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


def test_what_the_company_finished_pulls_away_from_the_table() -> None:
    plain = sized().total.middle
    assert sized(samples=(60.0,) * 40).total.middle > plain
    assert sized(samples=(0.3,) * 40).total.middle < plain


def test_few_finished_requests_speak_more_quietly_than_many() -> None:
    few = sized(samples=(50.0,) * 3).total.middle
    many = sized(samples=(50.0,) * 60).total.middle
    assert sized().total.middle < few < many


def test_the_parts_move_with_the_whole() -> None:
    plain, larger = sized(), sized(samples=(60.0,) * 40)
    for part in ("setup", "build", "support"):
        assert getattr(larger, part).high > getattr(plain, part).high, part


def test_it_says_how_its_ranges_have_held() -> None:
    size = sized(samples=tuple(float(n % 7 + 1) for n in range(60)))
    assert any(reason.startswith("Of the last ") for reason in size.reasons)
    assert "No range has been put to the test yet." in sized(samples=(5.0,) * 10).reasons


def test_comparables_are_cited_with_how_they_ended() -> None:
    size = sized(past_sizes=(6.0, 8.0), samples=MANY)
    assert [(citation.id, citation.passage) for citation in size.comparables] == [
        ("past-0", "6 days · shipped"),
        ("past-1", "8 days · shipped"),
    ]
    assert "2 similar past requests took 6, 8 days." in size.reasons


def test_a_past_request_of_unknown_size_is_no_comparable() -> None:
    evidence = Evidence(similar=(similar(size_days=None),))
    assert (
        rough_size(
            SMALL, request(), READING, evidence, cold_start_table(SMALL, READING), estimate(READING, MANY)
        ).comparables
        == ()
    )


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


def test_what_the_cited_comparables_count_is_said() -> None:
    work, sizes = two_sorts(40)
    named = Items(work.vectors, work.features, names=tuple(f"past-{n}" for n in range(40)))
    known = SizeEstimator.fit(named, sizes).estimate(work.at(slice(1, 2)))
    share = sum(counted.weight for counted in known.comparables if counted.name in ("past-0", "past-1"))
    past = tuple(similar(f"past-{n}", size_days=days) for n, days in enumerate((6.0, 8.0)))
    table = cold_start_table(SMALL, READING)
    reasons = rough_size(SMALL, request(), READING, Evidence(similar=past), table, known).reasons
    assert 0.01 < share < 0.99
    assert (
        f"2 similar past requests took 6, 8 days, {share * 100:.0f} % of what comparable requests say."
        in reasons
    )


@pytest.mark.parametrize(
    ("finished", "said"),
    [
        (0, "No finished request of yours with a known size yet: the table alone speaks."),
        (1, "Only 1 finished request with a known size: too few to tell which are comparable."),
        (5, "Only 5 finished requests with a known size: too few to tell which are comparable."),
    ],
)
def test_how_little_it_rests_on_is_said(finished: int, said: str) -> None:
    assert said in sized(samples=(5.0,) * finished).reasons


def test_what_counted_is_said_by_weight() -> None:
    few = sized(samples=(5.0,) * 10).reasons
    assert "What counted: 50 % the table as shipped, 45 % what you finished lately." in few
    many = next(reason for reason in sized(samples=tuple(range(1, 61))).reasons if "counted:" in reason)
    assert "what you finished lately" in many
    assert not any("counted:" in reason for reason in sized().reasons)


# --- groundwork from notes -----------------------------------------------------------------------

ENGINE = FoundPassage(
    passage=Passage(
        id="states.md#approvals",
        path="states.md",
        title="States › Approvals",
        text="Three exist. A common engine was sketched in 2025: 25-35 days before anybody sees anything.",
    ),
    score=0.8,
)


def test_a_note_that_names_groundwork_raises_it_and_is_quoted() -> None:
    plain, raised = sized(), sized(notes=(ENGINE,))
    assert raised.groundwork == Days(low=plain.groundwork.low, high=35)
    assert [getattr(raised, part) for part in PARTS[1:]] == [getattr(plain, part) for part in PARTS[1:]]
    assert raised.total.high > FULL_REVIEW_DAYS
    assert raised.lane is Lane.FULL
    assert raised.label == plain.label
    quoted = [reason for reason in raised.reasons if "A common engine was sketched" in reason]
    assert len(quoted) == 1
    assert "(States › Approvals)" in quoted[0]


def test_a_note_that_names_less_than_the_table_explains_and_moves_nothing() -> None:
    approve = Reading(kinds=(found("approve"),))
    less = ENGINE.passage.model_copy(update={"text": "Estimated at 1 day."})
    size = sized(approve, notes=(FoundPassage(passage=less, score=0.8),))
    assert size.total == sized(approve).total
    assert any("Estimated at 1 day." in reason for reason in size.reasons)


def test_a_small_request_needs_no_groundwork() -> None:
    tiny = READING.model_copy(update={"smallness": 0.9})
    assert sized(tiny, notes=(ENGINE,)) == sized(tiny)
    trivial = catalogue(kind("export", small=True))
    assert cold_start_table(trivial, READING).small
    assert not cold_start_table(SMALL, READING).small


# --- the model's opinion -------------------------------------------------------------------------


def test_an_opinion_is_shown_and_kept_but_does_not_count_by_itself() -> None:
    plain = sized(samples=MANY)
    opinion = SizeOpinion(days=Days(low=80, high=120), argument="three systems take part")
    argued = sized(samples=MANY, opinion=opinion)
    assert argued.total == plain.total
    assert argued.model_days == pytest.approx(opinion.days.middle, abs=0.01)
    assert any("three systems take part" in reason for reason in argued.reasons)
    assert any("does not count yet" in reason for reason in argued.reasons)
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
    def tripped(score: float) -> list[tuple[str, str, str]]:
        wires = trip_wires(SMALL, request(), Reading(kinds=(found("refund", score),)))
        return [(wire.id, wire.quote, wire.why) for wire in wires]

    assert tripped(0.9) == [("refunds", "", "Paid back. It reads as “Refund”.")]
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
    table = cold_start_table(wide, READING)
    voice = cold_start(table.total.low, table.total.high, 0)
    said = SizeEstimator.fit(_wordless(0), ()).estimate(_wordless(1), [voice])
    size = rough_size(wide, request(), READING, Evidence(), table, said)
    assert size.total.low < 4
    assert size.total.high > 30
    assert size.label is TShirt.M  # the middle is 9.5; the mean of the ends would be 23.5
