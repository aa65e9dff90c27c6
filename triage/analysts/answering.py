"""Proposes what to tell sales from the catalogue's parts; a human decides every word.

The verdict follows P5: a full-lane request is never a plain yes. The date stays empty: a proposal may
name a range of working days, but a date is a promise, and promises are the reviewer's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.catalogue import Catalogue, CatalogueMove
from triage.domain import (
    Answer,
    Category,
    DateKind,
    Days,
    Gaps,
    Lane,
    NarrowingMove,
    Option,
    Reading,
    Request,
    RoughSize,
    Verdict,
)

MAX_MOVES = 3
MAX_CONDITIONS = 1  # one is passed on, three are read past


@dataclass(frozen=True)
class Terms:
    """What an open question of one category means for an answer, in words a salesperson can pass on."""

    condition: str  # completes "yes, if …"
    prepares: str = ""  # what the customer brings; empty: nothing
    risk: str = ""  # completes "the only serious risk is …"


_TERMS = {
    Category.PERMISSIONS: Terms(
        "we agree who may do what before we start",
        "a list of who may do what",
        "rights that turn out finer than the roles we have today",
    ),
    Category.IMPORTS: Terms(
        "the data come in our own file format",
        "a sample of the real data",
        "the state of the data that come in",
    ),
    Category.SSO: Terms(
        "your IT gives us a test account in the directory on day one",
        "a test account in the directory",
        "accounts that do not match the directory",
    ),
    Category.BILLING: Terms(
        "it is settled beforehand what it costs and on which plan it is",
        "a decision on price and plan",
        "money rules that nobody has written down",
    ),
    Category.INTEGRATIONS: Terms(
        "we get access to the outside system on day one",
        "access to the outside system",
        "the outside vendor's approval and limits",
    ),
    Category.AUDIT: Terms(
        "it is agreed what must be provable later",
        "",
        "a history that somebody needs later and nobody kept",
    ),
    Category.EXISTING_DATA: Terms(
        "what is there already stays as it is",
        "a decision on the records already there",
        "records from before the change",
    ),
    Category.WORKFLOW: Terms(
        "the exceptions are listed before we start, and the first version covers the normal case",
        "one written example of every exception",
        "a second route to the same result that skips the new rule",
    ),
    Category.NOTIFICATIONS: Terms(
        "one fixed message to one group of people is enough at first",
        "the wording and the recipients of the message",
        "messages to the wrong people, or far too many of them",
    ),
    Category.REPORTING: Terms(
        "the lists and exports of today are enough at first",
        "the report used today, with the numbers expected",
        "numbers that no longer match last month's",
    ),
    Category.SCALE: Terms(
        "we agree on a largest number for the first version",
        "the real volumes (records, people, peaks)",
        "the volume at the largest customer",
    ),
    Category.SETUP: Terms(
        "one setting for everybody is enough at first",
        "the settings wanted, per site or team",
        "every customer wanting it a little different",
    ),
    Category.SUPPORT: Terms(
        "support is trained before it is switched on",
        "",
        "a fault that support can neither see nor repair",
    ),
    Category.CLIENTS: Terms(
        "the web application comes first, the app and the API later",
        "",
        "the app and the API, which do not know the change",
    ),
}


def propose_answer(
    catalogue: Catalogue,
    request: Request,
    reading: Reading,
    gaps: Gaps,
    size: RoughSize,
    guidance: str,
) -> Answer:
    """A complete proposal with every blank that needs a human left blank."""
    moves = narrowing_moves(catalogue, request, reading, guidance) if size.lane is Lane.FULL else ()
    verdict = Verdict.YES_BUT if size.lane is Lane.FULL or gaps.questions else Verdict.YES
    what = f"{reading.action} {reading.object}" if reading.action and reading.object else ""
    first = ", ".join(filter(None, [what, *(move.name.lower() for move in moves[:1])]))
    return Answer(
        verdict=verdict,
        conditions=_conditions(gaps),
        ships_first=first or "the core of the request",
        waits=_waits(moves, gaps),
        customer_prepares=_prepares(gaps),
        dependencies=", ".join(reading.systems) + " access and approval" if reading.systems else "none known",
        biggest_risk=_risk(gaps),
        date_kind=_date_kind(request, reading),
        moves=moves,
        options=_options(size) if size.lane is Lane.FULL else (),
        checklist=_checklist(gaps, reading),
    )


def narrowing_moves(
    catalogue: Catalogue, request: Request, reading: Reading, guidance: str = ""
) -> tuple[NarrowingMove, ...]:
    """Named ways to a smaller true yes (P13), those that fit the kinds of change first, at most three."""
    wanted: dict[str, float] = {}
    for kind in reading.kinds:
        for rank, move in enumerate(catalogue.kinds[kind.id].moves if kind.id in catalogue.kinds else ()):
            wanted[move] = max(wanted.get(move, 0.0), kind.score * 0.9**rank)
    text = f"{request.ask_text()}\n{guidance}"

    def fit(move: CatalogueMove) -> float:
        by_cue = 0.6 if any(re.search(cue, text, re.IGNORECASE) for cue in move.cues) else 0.0
        return wanted.get(move.id, 0.0) + by_cue

    fitting = sorted((m for m in catalogue.moves if fit(m) > 0), key=lambda m: -fit(m))[:MAX_MOVES]
    return tuple(NarrowingMove(id=m.id, name=m.name, sentence=m.sentence, saves=m.saves) for m in fitting)


def _conditions(gaps: Gaps) -> tuple[str, ...]:
    """From the strongest open questions, one per category."""
    terms = dict.fromkeys(_TERMS[question.category].condition for question in gaps.questions)
    return tuple(terms)[:MAX_CONDITIONS] or ("we have a written example of what is meant",)


def _waits(moves: tuple[NarrowingMove, ...], gaps: Gaps) -> str:
    if moves:
        return "everything beyond: " + ", ".join(move.saves for move in moves)
    return "nothing" if not gaps.questions else "whatever the open questions bring up"


def _prepares(gaps: Gaps) -> str:
    needed = [_TERMS[question.category].prepares for question in gaps.questions]
    return " and ".join(list(dict.fromkeys(filter(None, needed)))[:2]) or "nothing"


def _risk(gaps: Gaps) -> str:
    """Of the second strongest question: the strongest one has become the condition."""
    return _TERMS[gaps.questions[:2][-1].category].risk if gaps.questions else "none seen"


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
    low = max(0.5, round(total.low * share * 2) / 2)
    return f"{low:g}–{max(low, 1, round(total.high * share)):g} engineer-days"


def _checklist(gaps: Gaps, reading: Reading) -> tuple[str, ...]:
    """What support sets up (P18)."""
    prepares = dict.fromkeys(_TERMS[question.category].prepares for question in gaps.questions)
    items = [f"Collect from the customer: {what}" for what in prepares if what]
    items += [f"Get access to {system}" for system in reading.systems]
    items += ["Write the help article and tell the first customer how to reach us"] if gaps.questions else []
    return tuple(items)
