"""Proposes what to tell sales from the catalogue's parts; a human decides every word.

The verdict follows P5: a full-lane request is never a plain yes. The date stays empty: a proposal may
name a range of working days, but a date is a promise, and promises are the reviewer's.
"""

from __future__ import annotations

import re

from triage.catalogue import Catalogue, CatalogueMove
from triage.domain import (
    Answer,
    Category,
    DateKind,
    Days,
    Evidence,
    Gaps,
    Lane,
    NarrowingMove,
    Option,
    Question,
    Reading,
    Request,
    RoughSize,
    Verdict,
)

MAX_MOVES = 3
_PREPARES = {
    Category.SSO: "a test tenant of the identity provider and a person who may change it",
    Category.IMPORTS: "a sample of the real data without duplicates, and someone who knows it",
    Category.INTEGRATIONS: "access to the outside system (sandbox account, API key) and its usage limits",
    Category.PERMISSIONS: "a list of who may do what, by role and by team",
    Category.BILLING: "a decision on what this costs and on which plan it is",
    Category.EXISTING_DATA: "a decision on what happens to the records already there",
    Category.WORKFLOW: "one written example of the normal case and of every exception",
    Category.REPORTING: "the report or list they use today, with the numbers they expect",
    Category.SCALE: "their real volumes: records, people, peaks",
    Category.SETUP: "the settings they want switched on, per site or team",
}


def propose_answer(
    catalogue: Catalogue,
    request: Request,
    reading: Reading,
    evidence: Evidence,
    gaps: Gaps,
    size: RoughSize,
    guidance: str,
) -> Answer:
    """A complete proposal with every blank that needs a human left blank."""
    moves = narrowing_moves(catalogue, request, reading, guidance) if size.lane is Lane.FULL else ()
    verdict = Verdict.YES_BUT if size.lane is Lane.FULL or gaps.questions else Verdict.YES
    what = reading.object or "the core of the request"
    return Answer(
        verdict=verdict,
        conditions=_conditions(gaps),
        ships_first=f"{_first(reading, what)}, {moves[0].name.lower()}" if moves else _first(reading, what),
        waits=_waits(moves, gaps),
        customer_prepares=_prepares(gaps),
        dependencies=", ".join(reading.systems) + " access and approval" if reading.systems else "none known",
        biggest_risk=_risk(gaps, evidence),
        date_kind=_date_kind(request, reading),
        moves=moves,
        options=_options(size) if size.lane is Lane.FULL else (),
        checklist=_checklist(gaps, reading),
    )


def narrowing_moves(
    catalogue: Catalogue, request: Request, reading: Reading, guidance: str = ""
) -> tuple[NarrowingMove, ...]:
    """Named ways to a smaller true yes (P13), those that fit the kinds of change first, at most three."""
    kinds = {kind.id: kind.score for kind in reading.kinds}
    wanted = {move for kind in kinds if kind in catalogue.kinds for move in catalogue.kinds[kind].moves}
    text = f"{request.ask_text()}\n{guidance}"

    def fit(move: CatalogueMove) -> float:
        by_kind = max((kinds[kind] for kind in move.kinds if kind in kinds), default=0.0)
        by_cue = 1.0 if any(re.search(cue, text, re.IGNORECASE) for cue in move.cues) else 0.0
        return by_kind + by_cue + (0.5 if move.id in wanted else 0.0)

    fitting = sorted((m for m in catalogue.moves if fit(m) > 0), key=lambda m: -fit(m))[:MAX_MOVES]
    return tuple(NarrowingMove(id=m.id, name=m.name, sentence=m.sentence, saves=m.saves) for m in fitting)


def _first(reading: Reading, what: str) -> str:
    if reading.action and reading.object:
        return f"{reading.action} {reading.object}"
    return what


def _conditions(gaps: Gaps) -> tuple[str, ...]:
    return tuple(
        f"we hear from {question.ask or 'the customer'}: {question.question}"
        for question in gaps.questions[:2]
    )


def _waits(moves: tuple[NarrowingMove, ...], gaps: Gaps) -> str:
    if moves:
        return "; ".join(move.name.lower() for move in moves[1:]) or "everything beyond the first version"
    return "nothing" if not gaps.questions else "whatever the open questions bring up"


def _prepares(gaps: Gaps) -> str:
    needed = [_PREPARES[q.category] for q in (*gaps.questions, *gaps.folded[:3]) if q.category in _PREPARES]
    return "; ".join(dict.fromkeys(needed[:3])) or "nothing"


def _risk(gaps: Gaps, evidence: Evidence) -> str:
    """The strongest question, backed by what happened last time when there is a last time."""
    if not gaps.questions:
        return "none seen"
    question = gaps.questions[0]
    scar = next((c for c in question.evidence if c.title and c.kind == "past"), None)
    return f"{_as_risk(question)} (it surfaced before: {scar.title})" if scar else _as_risk(question)


def _as_risk(question: Question) -> str:
    return question.why.rstrip(".") or question.question


def _date_kind(request: Request, reading: Reading) -> DateKind | None:
    if reading.deadline is None:
        return None
    return DateKind.REAL if reading.deadline.reason or request.need_by_reason else DateKind.SOFT


def _options(size: RoughSize) -> tuple[Option, ...]:
    """The two-option card (P14): fast now and rebuild, or clean and later."""
    total = size.total
    return (
        Option(
            name="Fast now, rebuild by a date",
            delivers="the narrowed first version for this customer",
            cost=f"{_days(total, 0.4)} now, and about {_days(total, 0.8)} to rebuild it later",
        ),
        Option(
            name="Clean and later",
            delivers="the whole request for everybody",
            cost=f"{_days(total, 1.0)}, once",
        ),
    )


def _days(total: Days, share: float) -> str:
    return (
        f"{max(0.5, round(total.low * share * 2) / 2):g}–{max(1, round(total.high * share)):g} engineer-days"
    )


def _checklist(gaps: Gaps, reading: Reading) -> tuple[str, ...]:
    """What support sets up (P18)."""
    items = [
        f"Collect from the customer: {_PREPARES[q.category]}"
        for q in gaps.questions
        if q.category in _PREPARES
    ]
    items += [f"Get access to {system}" for system in reading.systems]
    items += ["Write the help article and tell the first customer how to reach us"] if gaps.questions else []
    return tuple(dict.fromkeys(items))
