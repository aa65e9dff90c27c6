"""The answers suite: how near is the proposed answer to one that may go out?

What a human must decide is left to the human on purpose: the stance on a promise never counts against a
draft, only what else the approval rules of `triage.rules` would still ask for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evals.cases import Case
from evals.intervals import Tally
from evals.metrics import WORTH_NOTHING, Scores
from evals.results import Judge
from evals.running.solving import Solved
from evals.scoring.readability import reading_age
from evals.scoring.scored import Material, Remark, Scored, effort
from triage.domain import FULL_REVIEW_DAYS, Answer, Draft, Promise, Verdict
from triage.retrieval.words import content_words
from triage.rules import missing

SAME_PROMISE = 0.6  # share of the words of the shorter quote that the other must have
_HUMAN = re.compile(r"promises\.\d+\.stance")
_GAP = re.compile(r"[{}<>\[\]]|…|\.\.\.|(?i:\b(?:todo|tbd|tbc|xxx|n/a)\b|\bsee below\b)")
_PAIRS = (("(", ")"), ("“", "”"), ("«", "»"))
_NONE = re.compile(r"(?i)^(?:none|nothing|no|n/?a|unknown)?(?: known| seen| needed| so far)*\W*$")


def open_scorer(material: Material) -> AnswersScorer:
    """The scorer of this suite."""
    return AnswersScorer()


class AnswersScorer:
    """Implements `Scorer`."""

    heading = "Before it may go out"
    judge: Judge | None = None

    def score(self, solved: Solved) -> Scored:
        """See `Scorer`."""
        case = solved.case
        rounds = tuple(Scores(case.id, tallies(case, draft)) for draft in solved.drafts)
        return Scored(solved, rounds, remarks(case, solved.draft))


def tallies(case: Case, draft: Draft) -> dict[str, Tally]:
    """What one draft adds to each measure of this suite."""
    open_fields = missing(draft)
    age = reading_age(draft.answer.sentence)
    return {
        "rules_met": Tally(not for_the_drafter(open_fields), 1),
        "left_to_fill": Tally(len(open_fields), 1),
        **promise_tallies(case, draft.reading.promises),
        "narrowing": narrowing(draft),
        "sentence_complete": Tally(not sentence_faults(draft.answer), 1),
        "reading_age": Tally(age, 1) if age is not None else WORTH_NOTHING,
        **effort(draft),
    }


def for_the_drafter(open_fields: Sequence[str] | dict[str, str]) -> list[str]:
    """The fields a draft could have filled: all but the stances on promises."""
    return [field for field in open_fields if not _HUMAN.fullmatch(field)]


def narrowing(draft: Draft) -> Tally:
    """Is a smaller true yes on offer (P13)? Counts where the upper end passes the threshold (P9)."""
    return Tally(bool(draft.answer.moves), 1) if _is_large(draft) else WORTH_NOTHING


def promise_tallies(case: Case, found: Sequence[Promise]) -> dict[str, Tally]:
    """What was already said to the customer, against the labels where somebody has looked (P12)."""
    text = case.request.text()
    tallies = {"promises_literal": Tally(sum(p.quote in text for p in found), len(found))}
    if case.promises is None:
        return tallies | dict.fromkeys(("promises_found", "promises_right"), WORTH_NOTHING)
    hit = [any(same_promise(label, one) for one in found) for label in case.promises]
    right = [any(same_promise(label, one) for label in case.promises) for one in found]
    return tallies | {
        "promises_found": Tally(sum(hit), len(hit)),
        "promises_right": Tally(sum(right), len(right)),
    }


def same_promise(label: Promise, found: Promise) -> bool:
    """True when the two quotes share most of the words of the shorter one."""
    one, other = _words(label.quote), _words(found.quote)
    shorter = min(len(one), len(other))
    return shorter > 0 and len(one & other) >= SAME_PROMISE * shorter


def sentence_faults(answer: Answer) -> list[str]:
    """Why the sentence cannot be sent as it stands (P7); empty when it can."""
    said = answer.sentence.strip()
    if not said:
        return ["there is no sentence"]
    faults = []
    if not re.search(r"[.!?][”\"')]?$", said):
        faults.append("it does not end")
    if _GAP.search(said):
        faults.append("it has a gap")
    if any(said.count(opening) != said.count(closing) for opening, closing in _PAIRS):
        faults.append("a bracket or quotation mark does not close")
    return faults + _left_out(answer, said)


def _left_out(answer: Answer, said: str) -> list[str]:
    """What the answer holds and the sentence must say: the first version and the one serious risk."""
    if answer.verdict not in (Verdict.YES, Verdict.YES_BUT):
        return []
    faults = []
    if not re.search(r"(?i)\bfirst\b", said) and not _says(said, answer.ships_first):
        faults.append("it does not say what ships first")
    if not re.search(r"(?i)\brisk\b", said) and not _says(said, answer.biggest_risk):
        faults.append("it does not name the risk")
    return faults


def remarks(case: Case, draft: Draft) -> tuple[Remark, ...]:
    """What the report says about one draft."""
    open_fields = missing(draft)
    found = [
        Remark(text, bool(_HUMAN.fullmatch(field)), _whose(field)) for field, text in open_fields.items()
    ]
    found += [
        Remark(f"The sentence: {fault}.", False, "incomplete") for fault in sentence_faults(draft.answer)
    ]
    if _is_large(draft):
        moves = ", ".join(move.name for move in draft.answer.moves)
        found.append(Remark(f"A smaller true yes: {moves or 'none'}", bool(moves), "past ten engineer-days"))
    for label in case.promises or ():
        hit = any(same_promise(label, one) for one in draft.reading.promises)
        found.append(Remark(f"Promised: “{label.quote}”", hit, "found" if hit else "not found"))
    age = reading_age(draft.answer.sentence)
    if age is not None:
        found.append(Remark(f"The sentence reads at age {age:.0f}.", True, "Flesch-Kincaid"))
    return tuple(found)


def _whose(field: str) -> str:
    return "for the human" if _HUMAN.fullmatch(field) else "left open"


def _is_large(draft: Draft) -> bool:
    return draft.size.total.high > FULL_REVIEW_DAYS


def _says(sentence: str, field: str) -> bool:
    """True when the field is empty, or half of its words stand in the sentence."""
    wanted = content_words(field)
    if _NONE.match(field.strip()) or not wanted:
        return True
    return len(wanted & content_words(sentence)) >= len(wanted) / 2


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
