"""Which areas would sound absurd here: by what the kinds bring, what the request says, and its size."""

from __future__ import annotations

import pytest

from tests.small_catalogue import catalogue
from triage.analysts.catalogue import CatalogueAnalyst
from triage.analysts.gaps import GapFinder
from triage.analysts.relevance import RELEVANCE_FEATURES, SIGNS, RelevanceJudge
from triage.analysts.vectors import CatalogueVectors
from triage.analysts.weights import load_weights
from triage.catalogue import load_catalogue
from triage.domain import Category, Request
from triage.retrieval.embed import SentenceEncoder

JUDGE = RelevanceJudge(catalogue())
PLAIN = "Please make the list wider."
OFTEN = dict.fromkeys(Category, 0.3)


def absurd(text: str = PLAIN, surfacing: float = 0.3, smallness: float = 0.2) -> dict[Category, float]:
    return JUDGE.out_of_place(text, dict.fromkeys(Category, surfacing), smallness)


def test_the_shipped_weights_are_for_these_features_in_this_order() -> None:
    shipped = load_weights("irrelevant")
    assert shipped.features == RELEVANCE_FEATURES
    assert len(shipped.weights) == len(RELEVANCE_FEATURES)


def test_each_category_has_a_row_with_its_own_column() -> None:
    rows = JUDGE.signs("About billing, billing and audit.", OFTEN, 0.7)
    assert rows.shape == (len(Category), len(RELEVANCE_FEATURES))
    for row, category in zip(rows, Category, strict=True):
        own = dict(zip(RELEVANCE_FEATURES, row, strict=True))
        assert [name for name in Category if own[name]] == [category]
        assert own["smallness"] == 0.7
    mentions = dict(zip(Category, rows[:, SIGNS.index("mentions")], strict=True))
    assert mentions[Category.BILLING] > mentions[Category.AUDIT] > mentions[Category.SSO] == 0


@pytest.mark.parametrize("category", list(Category))
def test_an_area_the_request_speaks_of_is_less_absurd(category: Category) -> None:
    spoken_of = absurd(f"{PLAIN} It is about {category.value}.")
    assert spoken_of[category] < absurd()[category]
    others = {each: p for each, p in spoken_of.items() if each is not category}
    assert others == {each: p for each, p in absurd().items() if each is not category}


def test_in_a_smaller_request_every_area_is_more_absurd() -> None:
    large, small = absurd(smallness=0.1), absurd(smallness=0.9)
    assert all(large[category] < small[category] for category in Category)


def test_an_area_the_kinds_make_likely_is_less_absurd() -> None:
    rare, likely = absurd(surfacing=0.05), absurd(surfacing=0.8)
    assert all(likely[category] < rare[category] for category in Category)


@pytest.mark.parametrize("surfacing", [0.0, 1.0])
@pytest.mark.parametrize("smallness", [0.0, 1.0])
def test_it_is_never_certain(surfacing: float, smallness: float) -> None:
    found = absurd("", surfacing, smallness)
    assert all(0 < probability < 1 for probability in found.values())


@pytest.mark.model
def test_billing_is_absurd_for_a_wording_change_and_not_for_prices(encoder: SentenceEncoder) -> None:
    renamed = "Please call the button “Done” instead of “Finish” on the booking form."
    priced = "We pay for forty seats and want invoices per branch, with a discount for the smaller ones."
    assert shipped_says(encoder, renamed)[Category.BILLING] > 0.5
    assert shipped_says(encoder, priced)[Category.BILLING] < 0.5


def shipped_says(encoder: SentenceEncoder, body: str) -> dict[Category, float]:
    """How absurd each area is for a mail, by the shipped catalogue and weights."""
    shipped, asked = load_catalogue(), Request(id="r-1", subject="Booking form", body=body)
    reading = CatalogueAnalyst(shipped, encoder).read(asked).value
    weighed = GapFinder(shipped, encoder, CatalogueVectors(encoder)).weigh(asked, reading)
    return RelevanceJudge(shipped).out_of_place(asked.ask_text(), weighed.surfacing, reading.smallness)
