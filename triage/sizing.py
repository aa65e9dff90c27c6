"""A rough size in three ranges plus groundwork (P8), each with reasons a person can check.

The whole is sized by `triage.estimating` from the company's own finished requests; while these are few, the
table of the catalogue speaks: what each kind of change usually takes, part by part. It also says how the
whole divides into set-up, build, support and groundwork. Where a note names more groundwork than that, the
upper end of that line is raised (`triage.groundwork`). See docs/sizing.md for where the table comes from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.catalogue import Catalogue
from triage.domain import (
    FULL_REVIEW_DAYS,
    Citation,
    Days,
    Evidence,
    EvidenceKind,
    Lane,
    Reading,
    Request,
    RoughSize,
    SimilarRequest,
    SizeOpinion,
    TripWire,
    TShirt,
)
from triage.estimating.estimator import DOUBT
from triage.estimating.outside import MODEL, SHIPPED_TABLE
from triage.estimating.trust import BASE, COMPARABLES, RIDGE, TABLE
from triage.groundwork import Groundwork, groundwork_in

if TYPE_CHECKING:
    from triage.estimating.estimator import Estimate

MAX_COMPARABLES = 6
MAX_GROUNDWORK = 2  # notes
LEAST_DAYS = 0.1
LEAST_SHOWN = 0.05  # of the weight of a voice
NOT_COUNTED = "It does not count yet: too little is known of its past opinions here."
LIKELY = 0.5  # score from which a kind trips a wire without a word
SURE_ENOUGH = 0.7  # share of the surest kind's score from which a further kind adds to the size
_VOICES = {
    COMPARABLES: "comparable requests",
    RIDGE: "wording and kind of change",
    TABLE: "the table put right by your past",
    BASE: "what you finished lately",
    DOUBT: "doubt",
    SHIPPED_TABLE: "the table as shipped",
    MODEL: "the model’s opinion",
}
_PARTS = ("groundwork", "setup", "build", "support")
# Nothing recognised: what a request without a known kind of change costs, from the shipped kinds' middle.
_UNKNOWN = {
    "groundwork": Days(),
    "setup": Days(low=0.1, high=0.6),
    "build": Days(low=0.6, high=3),
    "support": Days(low=0.1, high=0.6),
}
_SMALL_FACTOR = 0.35  # how far a request that reads as small shrinks


@dataclass(frozen=True)
class Table:
    """What the catalogue's table says of the kinds found, per part, and why.

    `small`: it knows nothing but small kinds of change, or the request reads as small.
    """

    parts: dict[str, Days]
    reason: str
    small: bool = False

    @property
    def total(self) -> Days:
        """The four parts together."""
        return sum(self.parts.values(), start=Days())


def rough_size(
    catalogue: Catalogue,
    request: Request,
    reading: Reading,
    evidence: Evidence,
    table: Table,
    estimate: Estimate,
    opinion: SizeOpinion | None = None,
) -> RoughSize:
    """Size a request in engineer-days; never fails for want of history, but says how little it rests on.

    The range of the whole is the estimate's, parted as the table parts the kinds found; groundwork that a
    note names comes on top.
    """
    comparables = [s for s in evidence.similar if s.past.size_days][:MAX_COMPARABLES]
    groundwork = () if table.small else groundwork_in(evidence.notes)[:MAX_GROUNDWORK]
    parts = _raised(_parted(table.parts, estimate), groundwork)
    total = sum(parts.values(), start=Days())
    wires = trip_wires(catalogue, request, reading)
    return RoughSize(
        **parts,
        label=TShirt.of(estimate.median),
        lane=lane(total, wires),
        comparables=tuple(_cite(similar) for similar in comparables),
        trip_wires=wires,
        reasons=(
            table.reason,
            *(named.reason for named in groundwork),
            *_reasons(comparables, estimate, opinion),
        ),
        model_days=round(opinion.days.middle, 2) if opinion else None,
    )


def lane(total: Days, wires: Sequence[TripWire]) -> Lane:
    """Full review above ten engineer-days or when a wire is tripped, whatever the size (P9)."""
    return Lane.FULL if wires or total.high > FULL_REVIEW_DAYS else Lane.FAST


def trip_wires(catalogue: Catalogue, request: Request, reading: Reading) -> tuple[TripWire, ...]:
    """The topics that force full review, each with the words or the kind of change that tripped it (P9)."""
    text = request.ask_text()
    likely = [kind for kind in reading.kinds if kind.score >= LIKELY]
    found = []
    for wire in catalogue.trip_wires:
        quote = _first_match(wire.cues, text)
        kind = next((kind.name for kind in likely if kind.id in wire.kinds), "")
        if quote or kind:
            why = wire.why if quote else f"{wire.why} It reads as “{kind}”.".strip()
            found.append(TripWire(id=wire.id, name=wire.name, quote=quote, why=why))
    return tuple(found)


def cold_start_table(catalogue: Catalogue, reading: Reading) -> Table:
    """The largest kind in full, every further kind with a third of it: shared work is done once."""
    sure = max((found.score for found in reading.kinds), default=0.0) * SURE_ENOUGH
    asked = [found.id for found in reading.kinds if found.score >= sure]
    kinds = sorted(
        (catalogue.kinds[kind] for kind in asked[:3] if kind in catalogue.kinds),
        key=lambda kind: -_middle({part: getattr(kind.days, part) for part in _PARTS}),
    )
    shrink = 1 - (1 - _SMALL_FACTOR) * max(0.0, reading.smallness * 2 - 1)
    if not kinds:
        parts = {part: _scaled(days, shrink) for part, days in _UNKNOWN.items()}
        return Table(parts, "No known kind of change: a wide default.", small=shrink < 1)
    parts = {
        part: _scaled(
            sum(
                (_scaled(getattr(k.days, part), 1 if i == 0 else 1 / 3) for i, k in enumerate(kinds)),
                start=Days(),
            ),
            shrink,
        )
        for part in _PARTS
    }
    total = sum(parts.values(), start=Days())
    names = " + ".join(kind.name for kind in kinds)
    reason = f"The shipped table says {total.low:g}–{total.high:g} days for “{names}”."
    return Table(parts, reason, small=shrink < 1 or all(kind.small for kind in kinds))


def _parted(parts: dict[str, Days], estimate: Estimate) -> dict[str, Days]:
    """Every part moved as the whole: its low end with the low end of the range, its high end likewise."""
    total = sum(parts.values(), start=Days())
    low = estimate.low / max(total.low, LEAST_DAYS)
    high = estimate.high / max(total.high, LEAST_DAYS)
    moved = {
        part: Days(low=_round(days.low * low), high=_round(days.high * high)) for part, days in parts.items()
    }
    return {part: Days(low=min(days.low, days.high), high=days.high) for part, days in moved.items()}


def _raised(parts: dict[str, Days], named: Sequence[Groundwork]) -> dict[str, Days]:
    """With the upper end of groundwork at least as high as the highest one named; nobody knows yet whether it
    is needed, so the lower end stays."""
    usual = parts["groundwork"]
    high = max([usual.high, *(_round(each.days.high) for each in named)])
    return parts | {"groundwork": Days(low=usual.low, high=high)}


def _reasons(
    comparables: Sequence[SimilarRequest], estimate: Estimate, opinion: SizeOpinion | None
) -> list[str]:
    reasons = []
    if comparables:
        sizes = ", ".join(f"{similar.past.size_days:g}" for similar in comparables)
        requests = "request" if len(comparables) == 1 else "requests"
        weight = _their_weight(comparables, estimate)
        reasons.append(f"{len(comparables)} similar past {requests} took {sizes} days{weight}.")
    reasons.append(_rests_on(estimate))
    if estimate.rests_on.items:
        reasons += [_what_counted(estimate), estimate.coverage.sentence()]
    if opinion:
        said = f"The model says {opinion.days.low:g}–{opinion.days.high:g} days: {opinion.argument}"[:300]
        reasons += [said, *(estimate.reasons or (NOT_COUNTED,))]
    return reasons


def _their_weight(comparables: Sequence[SimilarRequest], estimate: Estimate) -> str:
    """How much of what all comparable requests say comes from these."""
    shown = {similar.past.id for similar in comparables}
    share = sum(counted.weight for counted in estimate.comparables if counted.name in shown)
    return f", {share * 100:.0f} % of what comparable requests say" if share else ""


def _rests_on(estimate: Estimate) -> str:
    """How much of the company's own past stands behind it."""
    items, left_out = estimate.rests_on.items, estimate.rests_on.left_out.total
    left = f" ({left_out} left out: no usable size, or imported twice)" if left_out else ""
    if not items:
        return f"No finished request of yours with a known size yet{left}: the table alone speaks."
    comparable = estimate.rests_on.comparables
    if not comparable:
        requests = "1 finished request" if items == 1 else f"{items} finished requests"
        return f"Only {requests} with a known size{left}: too few to tell which are comparable."
    return f"{items} finished requests with a known size{left}; about {comparable:.0f} count as comparable."


def _what_counted(estimate: Estimate) -> str:
    """The voices behind the range by how much they counted, those below a twentieth left out."""
    voices = sorted(estimate.rests_on.voices.items(), key=lambda voice: -voice[1])
    heard = [f"{share * 100:.0f} % {_VOICES[name]}" for name, share in voices if share >= LEAST_SHOWN]
    return f"What counted: {', '.join(heard)}."


def _middle(parts: dict[str, Days]) -> float:
    return sum(parts.values(), start=Days()).middle


def _scaled(days: Days, factor: float) -> Days:
    return Days(low=_round(days.low * factor), high=_round(days.high * factor))


def _round(days: float) -> float:
    """To the steps people speak in: tenths below one day, halves below ten, whole days beyond."""
    if days < 1:
        return round(days, 1)
    return round(days * 2) / 2 if days < 10 else float(round(days))


def _cite(similar: SimilarRequest) -> Citation:
    return Citation(
        kind=EvidenceKind.PAST, id=similar.past.id, title=similar.past.subject, passage=similar.ended
    )


def _first_match(cues: Sequence[str], text: str) -> str:
    for cue in cues:
        match = re.search(cue, text, re.IGNORECASE)
        if match:
            return match[0]
    return ""
