"""The company's own sizes as the pipeline asks for them: fitted once, honest about how little they are."""

from __future__ import annotations

import math

import pytest

from tests.fakes import WordEncoder, request
from tests.small_catalogue import catalogue, found, kind
from triage.catalogue import KindDays
from triage.domain import Days, PastRequest, Reading, SizeOpinion
from triage.estimating.estimator import Estimate
from triage.estimating.outside import SHIPPED_TABLE
from triage.estimating.trust import TABLE
from triage.own_sizes import OwnSizes
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.retrieval.index import NoIndex
from triage.sizing import cold_start_table

BIG = KindDays(setup=Days(low=2, high=6), build=Days(low=20, high=60), support=Days(low=2, high=6))
SMALL = catalogue(kind("export"), kind("approve", days=BIG))


def past(number: int, kind_id: str, days: float | None, said: float | None = None) -> PastRequest:
    return PastRequest(
        id=f"p-{number}",
        closed=f"2026-{1 + number // 28:02}-{1 + number % 28:02}",
        subject=f"Please {kind_id} list {number}",
        body=f"We would like to {kind_id} what stands in list {number}.",
        kinds=(kind_id,),
        size_days=days,
        model_days=said,
    )


def history(count: int) -> list[PastRequest]:
    """Exports took two days, approvals sixty: half and twice what the table says."""
    rows = []
    for number in range(count):
        kind_id, days = ("export", 2.0) if number % 2 else ("approve", 60.0)
        rows.append(past(number, kind_id, days * (1 + 0.1 * math.sin(number))))
    return rows


class Company:
    """A knowledge store in memory and the sizes read from it."""

    def __init__(self, words: WordEncoder) -> None:
        database = open_database("sqlite://")
        migrate(database)
        self.store = KnowledgeStore(database)
        self.words = words
        self.sizes = OwnSizes(SMALL, self.store, NoIndex(), words)

    def estimate(self, kind_id: str = "export", opinion: SizeOpinion | None = None) -> Estimate:
        reading = Reading(kinds=(found(kind_id),))
        asked = request(subject=f"Please {kind_id} the list", body=f"We would like to {kind_id} it.")
        return self.sizes.estimate(asked, reading, cold_start_table(SMALL, reading).total, opinion)


@pytest.fixture
def company() -> Company:
    return Company(WordEncoder())


def test_without_a_past_the_table_speaks(company: Company) -> None:
    table = cold_start_table(SMALL, Reading(kinds=(found("export"),))).total
    estimate = company.estimate()
    assert estimate.rests_on.items == 0
    assert table.low <= estimate.low < estimate.median < estimate.high <= table.high * 1.01


def test_the_kind_of_change_tells_large_from_small(company: Company) -> None:
    company.store.put_past(history(60))
    export, approve = company.estimate("export"), company.estimate("approve")
    assert export.high < approve.low
    assert export.median == pytest.approx(2, rel=0.3)
    assert approve.median == pytest.approx(60, rel=0.3)
    assert export.rests_on.items == 60
    assert export.coverage.of > 0


def test_it_is_fitted_again_only_when_a_size_has_changed(company: Company) -> None:
    company.store.put_past(history(30))
    company.estimate()
    before = len(company.words.encoded)
    company.estimate()
    assert len(company.words.encoded) == before + 1  # the request alone
    company.store.put_past([past(99, "export", 3.0)])
    assert company.estimate().rests_on.items == 31


def test_what_cannot_be_a_size_is_left_out_and_said(company: Company) -> None:
    rows = [past(1, "export", 0.0), past(2, "export", -3.0), past(3, "export", 1e9), past(4, "export", 2.0)]
    company.store.put_past([*rows, past(5, "export", None)])
    estimate = company.estimate()
    assert estimate.rests_on.items == 1
    assert estimate.rests_on.left_out.absurd == 3
    assert 0 < estimate.low <= estimate.median <= estimate.high < 1e4


def test_all_sizes_equal_still_leave_some_doubt(company: Company) -> None:
    company.store.put_past([past(number, "export", 5.0) for number in range(5)])
    estimate = company.estimate()
    assert estimate.low < 5 < estimate.high


def test_the_table_as_shipped_speaks_until_the_history_puts_it_right(company: Company) -> None:
    company.store.put_past(history(19))
    few = company.estimate().rests_on.voices
    company.store.put_past(history(20))
    enough = company.estimate().rests_on.voices
    assert SHIPPED_TABLE in few
    assert TABLE not in few
    assert SHIPPED_TABLE not in enough
    assert TABLE in enough


def test_the_comparables_are_called_by_their_ids(company: Company) -> None:
    company.store.put_past(history(40))
    first = company.estimate("approve").comparables[0]
    number = int(first.name.removeprefix("p-"))
    assert number % 2 == 0  # the approvals
    assert first.size == history(40)[number].size_days


def test_texts_in_another_language_and_empty_ones_get_an_answer(company: Company) -> None:
    rows = [
        past(n, "export", 2.0 + n).model_copy(update={"subject": "预订", "body": "会议室审批", "kinds": ()})
        for n in range(30)
    ]
    company.store.put_past(rows)
    for asked in (
        request(subject="Öffnungszeiten ändern", body="Bitte ergänzen."),
        request(subject="", body=""),
    ):
        table = cold_start_table(SMALL, Reading()).total
        estimate = company.sizes.estimate(asked, Reading(), table, None)
        assert 0 < estimate.low <= estimate.median <= estimate.high
        assert estimate.rests_on.items == 30


def test_a_models_opinion_counts_once_its_past_ones_have_held(company: Company) -> None:
    opinion = SizeOpinion(days=Days(low=30, high=30), argument="two systems")
    company.store.put_past(history(30))
    assert (
        company.estimate(opinion=opinion).rests_on.voices.keys() == company.estimate().rests_on.voices.keys()
    )
    company.store.put_past([past(100 + n, "export", 2.0 + n, said=2.1 + n) for n in range(20)])
    assert "model" in company.estimate(opinion=opinion).rests_on.voices
    assert "model" not in company.estimate().rests_on.voices


def test_a_model_that_has_been_wrong_does_not_count(company: Company) -> None:
    opinion = SizeOpinion(days=Days(low=30, high=30))
    wrong = [past(n, "export", 2.0 + n % 5, said=(40.0, 0.1, 7.0)[n % 3]) for n in range(24)]
    company.store.put_past(wrong)
    assert "model" not in company.estimate(opinion=opinion).rests_on.voices
