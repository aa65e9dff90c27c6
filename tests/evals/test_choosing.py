from __future__ import annotations

import pytest

from evals.cases import CaseFile
from evals.inputs.choosing import choose, fits
from tests.evals.material import case
from triage.errors import BadInput

CASES = (
    case("shop-1", [("billing", "Who pays?")], body="Refund a ticket.", opened="2024-05"),
    case("shop-2", [("audit", "Is it logged?")], body="Our billing wants an export.", opened="2024-03"),
    case("gallery-1", body="Rename the button.", opened="2024-04"),
)
FILE = CaseFile("cases.jsonl", CASES, "d")


def ids(*filters: str, limit: int = 0, stream: bool = False) -> list[str]:
    return [one.id for one in choose(FILE, filters, limit, stream=stream).cases]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("gallery-1", ["gallery-1"]),
        ("shop-*", ["shop-1", "shop-2"]),
        ("billing", ["shop-1", "shop-2"]),
        ("category:billing", ["shop-1"]),
        ("text:billing", ["shop-2"]),
        ("id:SHOP-2", ["shop-2"]),
        ("REFUND", ["shop-1"]),
    ],
)
def test_a_filter_is_an_id_a_category_or_words(wanted: str, found: list[str]) -> None:
    assert ids(wanted) == found


def test_all_filters_must_fit_and_the_limit_comes_last() -> None:
    assert ids("billing", "shop-2") == ["shop-2"]
    assert ids("shop-*", limit=1) == ["shop-1"]
    assert ids(limit=2) == ["shop-1", "shop-2"]


def test_a_stream_is_chosen_in_time_order() -> None:
    assert ids(limit=2, stream=True) == ["shop-2", "gallery-1"]


def test_no_case_is_an_error_that_says_how_filters_are_written() -> None:
    with pytest.raises(BadInput, match="No case of cases"):
        ids("zebra")


def test_a_colon_in_the_words_is_only_a_colon() -> None:
    assert fits(case("a", body="Note: rename it"), "note: rename")


def test_without_a_filter_all_are_run() -> None:
    assert ids() == [one.id for one in CASES]
