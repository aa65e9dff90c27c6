"""The suites: what each needs, what it measures, and the module that runs it, imported when it is asked for.

A suite of cases drafts them with the live graph up to the review and scores each draft. The others read
public data and measure one part of the service on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from evals.measures import ANSWERS, GROUNDING, HIDDEN_WORK, RETRIEVAL, Measure
from evals.sizing.figures import MEASURES as SIZING
from triage.errors import BadInput

LATER = {"safety": "It comes with the work on hostile mail; nothing was measured."}


@dataclass(frozen=True)
class Suite:
    """One suite. `needs` are names of options; `headline` is the measure that the gate watches."""

    name: str
    says: str
    needs: tuple[str, ...]
    headline: str
    measures: tuple[Measure, ...]
    module: str
    unit: str = "cases"


SUITES = {
    suite.name: suite
    for suite in (
        Suite(
            "hidden-work",
            "does it ask for the work that later surfaced?",
            ("cases",),
            "very_thing@5",
            HIDDEN_WORK,
            "evals.suites.hidden_work",
        ),
        Suite(
            "answers",
            "is the proposed answer ready for a human?",
            ("cases",),
            "rules_met",
            ANSWERS,
            "evals.suites.answers",
        ),
        Suite(
            "grounding",
            "does every citation, quote and name hold?",
            ("cases",),
            "grounded",
            GROUNDING,
            "evals.suites.grounding",
        ),
        Suite(
            "sizing",
            "how far can a rough size be trusted?",
            ("data",),
            "fixed_ratio",
            SIZING,
            "evals.suites.sizing",
            "projects",
        ),
        Suite(
            "retrieval",
            "is what should be found found, and how far up?",
            ("docs", "qrels"),
            "nDCG@10",
            RETRIEVAL,
            "evals.suites.retrieval",
            "queries",
        ),
    )
}


def suite_named(name: str) -> Suite:
    """The suite of that name. Raises BadInput."""
    if name in LATER:
        raise BadInput(f"The suite {name} is not there yet.", LATER[name])
    if name not in SUITES:
        raise BadInput(f"There is no suite {name}.", f"Known: {', '.join(SUITES)}.")
    return SUITES[name]
