"""Proposes what to tell sales from the catalogue's parts; a human decides every word.

What an open question of an area means for an answer stands in `categories.yaml`.

The verdict follows P5: a full-lane request is never a plain yes. The date stays empty: a proposal may
name a range of working days, but a date is a promise, and promises are the reviewer's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from triage.catalogue import Catalogue, CatalogueMove, CategoryInfo
from triage.domain import (
    Answer,
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
    areas = [catalogue.categories[question.category] for question in gaps.questions]
    return Answer(
        verdict=verdict,
        conditions=_conditions(areas),
        ships_first=first or "the core of the request",
        waits=_waits(moves, gaps),
        customer_prepares=_prepares(areas),
        dependencies=", ".join(reading.systems) + " access and approval" if reading.systems else "none known",
        biggest_risk=_risk(areas),
        date_kind=_date_kind(request, reading),
        moves=moves,
        options=_options(size) if size.lane is Lane.FULL else (),
        checklist=_checklist(areas, reading),
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


def _conditions(areas: Sequence[CategoryInfo]) -> tuple[str, ...]:
    """From the strongest open questions, one per category."""
    conditions = dict.fromkeys(area.condition for area in areas)
    return tuple(conditions)[:MAX_CONDITIONS] or ("we have a written example of what is meant",)


def _waits(moves: tuple[NarrowingMove, ...], gaps: Gaps) -> str:
    if moves:
        return "everything beyond: " + ", ".join(move.saves for move in moves)
    return "nothing" if not gaps.questions else "whatever the open questions bring up"


def _prepares(areas: Sequence[CategoryInfo]) -> str:
    return " and ".join(_needed(areas)[:2]) or "nothing"


def _needed(areas: Sequence[CategoryInfo]) -> list[str]:
    """What the customer brings, each thing once."""
    return list(dict.fromkeys(area.prepares for area in areas if area.prepares))


def _risk(areas: Sequence[CategoryInfo]) -> str:
    """Of the second strongest question: the strongest one has become the condition."""
    return areas[:2][-1].risk if areas else "none seen"


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


def _checklist(areas: Sequence[CategoryInfo], reading: Reading) -> tuple[str, ...]:
    """What support sets up (P18)."""
    items = [f"Collect from the customer: {what}" for what in _needed(areas)]
    items += [f"Get access to {system}" for system in reading.systems]
    items += ["Write the help article and tell the first customer how to reach us"] if areas else []
    return tuple(items)
