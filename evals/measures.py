"""What each suite measures: the name of a figure, in which direction it improves and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Better(StrEnum):
    """In which direction a measure improves."""

    HIGHER = "higher"
    LOWER = "lower"
    NEARER_ZERO = "nearer zero"
    NEITHER = "neither"


@dataclass(frozen=True)
class Measure:
    """The name of a measure, how it improves and what it says, for tables."""

    name: str
    better: Better
    says: str

    def worsening(self, before: float, after: float) -> float:
        """By how much it got worse; negative when it got better."""
        if self.better is Better.HIGHER:
            return before - after
        if self.better is Better.LOWER:
            return after - before
        return abs(after) - abs(before) if self.better is Better.NEARER_ZERO else 0.0


EFFORT = (
    Measure("seconds", Better.LOWER, "seconds a draft"),
    Measure("cost", Better.LOWER, "US dollars a draft"),
)

HIDDEN_WORK = (
    Measure("very_thing@3", Better.HIGHER, "hidden items asked for exactly by the first three questions"),
    Measure("very_thing@5", Better.HIGHER, "hidden items asked for exactly by the five questions"),
    Measure("very_thing_expected@3", Better.HIGHER, "the same as mean probability, three questions"),
    Measure("very_thing_expected@5", Better.HIGHER, "the same as mean probability, five questions"),
    Measure("recall@3", Better.HIGHER, "hidden items whose category is asked by the first three"),
    Measure("recall@5", Better.HIGHER, "hidden items whose category is asked by the five"),
    Measure("irrelevant_share", Better.LOWER, "asked questions of a category that makes no sense"),
    Measure("questions_on_small", Better.LOWER, "questions where nothing was hidden"),
    Measure("questions", Better.NEITHER, "questions where something was hidden"),
    Measure("size_exact", Better.HIGHER, "size label right"),
    Measure("size_within_one", Better.HIGHER, "size label right or a neighbour"),
    Measure("size_bias", Better.NEARER_ZERO, "mean signed error of the label, in steps"),
    *EFFORT,
)

ANSWERS = (
    Measure("rules_met", Better.HIGHER, "drafts that meet the approval rules but for the stance on promises"),
    Measure("left_to_fill", Better.LOWER, "fields a human must fill before approving, stances included"),
    Measure("promises_found", Better.HIGHER, "labelled promises that were found"),
    Measure("promises_right", Better.HIGHER, "found promises that are labelled ones"),
    Measure("promises_literal", Better.HIGHER, "found promises that quote the request letter by letter"),
    Measure("narrowing", Better.HIGHER, "drafts past ten engineer-days that offer a narrowing move"),
    Measure("sentence_complete", Better.HIGHER, "sentences that can be sent as they stand"),
    Measure("reading_age", Better.LOWER, "years of age at which the sentence is understood"),
    *EFFORT,
)

GROUNDING = (
    Measure("grounded", Better.HIGHER, "drafts in which every citation, quote and name holds"),
    Measure("citations_retrieved", Better.HIGHER, "citations of something that was retrieved"),
    Measure("quotes_literal", Better.HIGHER, "quotes that stand in the request letter by letter"),
    Measure("clean_of_others", Better.HIGHER, "drafts that name no other customer"),
    Measure("taken_out", Better.LOWER, "citations, quotes and names the checks took out of a draft"),
    *EFFORT,
)

RETRIEVAL = (
    Measure("hit@5", Better.HIGHER, "queries with a relevant one among the first five"),
    Measure("hit@10", Better.HIGHER, "queries with a relevant one among the first ten"),
    Measure("recall@10", Better.HIGHER, "relevant ones among the first ten"),
    Measure("MRR@10", Better.HIGHER, "one by the place of the first relevant one"),
    Measure("nDCG@10", Better.HIGHER, "places of all relevant ones, against the best order"),
)


def by_name(measures: Sequence[Measure]) -> dict[str, Measure]:
    """The measures by their names."""
    return {measure.name: measure for measure in measures}
