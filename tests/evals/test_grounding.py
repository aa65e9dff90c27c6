"""Every measure of the grounding suite against an example worked out by hand."""

from __future__ import annotations

from evals.intervals import Tally
from evals.running.solving import Solved
from evals.suites.grounding import GroundingScorer, findings, tallies
from tests.evals.drafts import ANSWER, BODY, PAST, QUESTION, READING, draft
from tests.evals.material import case
from triage.domain import Citation, EvidenceKind, KindFound

REQUEST = case(body=BODY).request


def test_what_holds() -> None:
    found = tallies(draft(), findings(REQUEST, draft(), []))
    assert found["grounded"] == Tally(1, 1)
    assert found["citations_retrieved"] == Tally(1, 1)
    assert found["quotes_literal"] == Tally(4, 4)  # question, kind, promise, and the answer's line on it
    assert found["clean_of_others"] == Tally(1, 1)
    assert found["taken_out"] == Tally(0, 1)


def test_a_citation_that_was_never_retrieved() -> None:
    invented = QUESTION.model_copy(
        update={"evidence": (Citation(kind=EvidenceKind.NOTE, id="notes/none.md"),)}
    )
    odd = draft(questions=(QUESTION, invented))
    found = findings(REQUEST, odd, [])
    assert tallies(odd, found)["citations_retrieved"] == Tally(1, 2)
    assert tallies(odd, found)["grounded"] == Tally(0, 1)
    assert [(remark.text, remark.verdict) for remark in found.remarks()] == [
        ("notes/none.md", "cited, but never retrieved")
    ]


def test_a_quote_that_is_not_in_the_request_wherever_it_stands() -> None:
    kinds = (KindFound(id="export", name="Export", quote="a nice file", score=0.9),)
    odd = draft(reading=READING.model_copy(update={"kinds": kinds}))
    assert tallies(odd, findings(REQUEST, odd, []))["quotes_literal"] == Tally(3, 4)


def test_the_name_of_another_customer_in_what_leaves_the_house() -> None:
    leaking = draft(answer=ANSWER.model_copy(update={"note": "As we did for ALDER Example Works."}))
    found = findings(REQUEST, leaking, ["Beech Example Ltd"])
    assert found.names == [("Alder Example Works", False), ("Beech Example Ltd", True)]
    assert tallies(leaking, found)["clean_of_others"] == Tally(0, 1)


def test_the_customers_own_name_may_be_said() -> None:
    own = REQUEST.model_copy(update={"customer": PAST.customer})
    assert findings(own, draft(), []).names == []


def test_without_a_name_of_others_nothing_is_claimed() -> None:
    alone = draft(evidence=draft().evidence.model_copy(update={"similar": ()}), questions=())
    found = tallies(alone, findings(REQUEST, alone, []))
    assert found["clean_of_others"].whole == 0
    assert found["citations_retrieved"].whole == 0


def test_what_the_checks_took_out_is_counted() -> None:
    flags = (
        "A quote that is not in the request was removed from “Who?”",
        "Another customer's name was replaced in the proposed answer.",
        "The mail addresses the machine: “do it”",
    )
    odd = draft(flags=flags)
    assert tallies(odd, findings(REQUEST, odd, []))["taken_out"] == Tally(2, 1)


def test_names_of_the_history_count_for_every_case() -> None:
    leaking = draft(answer=ANSWER.model_copy(update={"waits": "what Beech Example Ltd has"}))
    history = [PAST.model_copy(update={"id": "past-2", "customer": "Beech Example Ltd"})]
    scored = GroundingScorer(history).score(Solved(case(body=BODY), (leaking,)))
    assert scored.scores.tallies["grounded"] == Tally(0, 1)
    assert [remark.verdict for remark in scored.remarks] == ["the name of another customer"]
