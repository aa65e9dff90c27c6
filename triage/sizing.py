"""A rough size in three ranges plus groundwork (P8), each with reasons a person can check.

First edition: per part, the kind of change gives a cold-start range from the catalogue; the total is
then pulled towards the sizes of comparable past requests and the company's base rate. All averaging
is done on the logarithm of days, because effort is skewed: a request is "twice as big", not "five
days bigger". Shares follow the finding that plain nearest neighbours are worse than the base rate
while there are fewer than about 20 sized items (Choetkiertikul et al. data, IEEE TSE 2018).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from statistics import median

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

ENOUGH_HISTORY = 20  # sized past requests before comparables may speak
MAX_COMPARABLES = 6
COMPARABLES_WEIGHT = 0.45  # at full strength, against the catalogue's cold start
BASE_RATE_WEIGHT = 0.15
OPINION_WEIGHT = 0.25
SURE_ENOUGH = 0.7  # share of the surest kind's score from which a further kind adds to the size
_PARTS = ("groundwork", "setup", "build", "support")
# Nothing recognised: what a request without a known kind of change costs, from the shipped kinds' middle.
_UNKNOWN = {
    "groundwork": Days(),
    "setup": Days(low=0.2, high=1),
    "build": Days(low=1, high=5),
    "support": Days(low=0.2, high=1),
}
_SMALL_FACTOR = 0.35  # how far a request that reads as small shrinks


def rough_size(
    catalogue: Catalogue,
    request: Request,
    reading: Reading,
    evidence: Evidence,
    samples: Sequence[float],
    opinion: SizeOpinion | None,
) -> RoughSize:
    """Size a request in engineer-days; never fails for want of history, but says how little it rests on."""
    parts, reasons = _cold_start(catalogue, reading)
    comparables = [s for s in evidence.similar if s.past.size_days][:MAX_COMPARABLES]
    factor, why = _pull(_middle(parts), comparables, samples, opinion)
    parts = {name: _scaled(days, factor) for name, days in parts.items()}
    total = sum(parts.values(), start=Days())
    wires = trip_wires(catalogue, request, reading)
    return RoughSize(
        **parts,
        label=TShirt.of(total.middle),
        lane=lane(total, wires),
        comparables=tuple(_cite(similar) for similar in comparables),
        trip_wires=wires,
        reasons=(*reasons, *why),
    )


def lane(total: Days, wires: Sequence[TripWire]) -> Lane:
    """Full review above ten engineer-days or when a wire is tripped, whatever the size (P9)."""
    return Lane.FULL if wires or total.high > FULL_REVIEW_DAYS else Lane.FAST


def trip_wires(catalogue: Catalogue, request: Request, reading: Reading) -> tuple[TripWire, ...]:
    """The topics that force full review, each with the words that tripped it (P9)."""
    text = request.ask_text()
    kinds = {kind.id for kind in reading.kinds if kind.score >= 0.5}
    found = []
    for wire in catalogue.trip_wires:
        quote = _first_match(wire.cues, text)
        if quote or kinds & set(wire.kinds):
            found.append(TripWire(id=wire.id, name=wire.name, quote=quote, why=wire.why))
    return tuple(found)


def _cold_start(catalogue: Catalogue, reading: Reading) -> tuple[dict[str, Days], list[str]]:
    """The largest kind in full, every further kind with a third of it: shared work is done once."""
    sure = max((found.score for found in reading.kinds), default=0.0) * SURE_ENOUGH
    asked = [found.id for found in reading.kinds if found.score >= sure]
    kinds = sorted(
        (catalogue.kinds[kind] for kind in asked[:3] if kind in catalogue.kinds),
        key=lambda kind: -_middle({part: getattr(kind.days, part) for part in _PARTS}),
    )
    shrink = 1 - (1 - _SMALL_FACTOR) * max(0.0, reading.smallness * 2 - 1)
    if not kinds:
        return {part: _scaled(days, shrink) for part, days in _UNKNOWN.items()}, [
            "No known kind of change: a wide default."
        ]
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
    names = " + ".join(kind.name for kind in kinds)
    return parts, [f"Starting point: what “{names}” usually takes."]


def _pull(
    cold: float, comparables: list[SimilarRequest], samples: Sequence[float], opinion: SizeOpinion | None
) -> tuple[float, list[str]]:
    """The factor that moves the cold start to the weighted geometric mean of all voices."""
    voices = [(math.log(max(cold, 0.1)), 1.0)]
    reasons = []
    trust = min(1.0, len(samples) / ENOUGH_HISTORY)
    if comparables:
        weights = [max(0.05, similar.score) for similar in comparables]
        logs = [math.log(max(similar.past.size_days or 0.1, 0.1)) for similar in comparables]
        mean = sum(w * x for w, x in zip(weights, logs, strict=True)) / sum(weights)
        voices.append((mean, COMPARABLES_WEIGHT * trust * min(1.0, len(comparables) / 3)))
        sizes = ", ".join(f"{similar.past.size_days:g}" for similar in comparables)
        requests = "request" if len(comparables) == 1 else "requests"
        reasons.append(f"{len(comparables)} similar past {requests} took {sizes} days.")
    if samples:
        voices.append((math.log(max(median(samples), 0.1)), BASE_RATE_WEIGHT * trust))
        reasons.append(
            f"Base rate: the median of {len(samples)} finished requests is {median(samples):g} days."
        )
    if len(samples) < ENOUGH_HISTORY:
        reasons.append(f"Only {len(samples)} finished requests with a known size: mostly the shipped table.")
    if opinion:
        voices.append((math.log(max(opinion.days.middle, 0.1)), OPINION_WEIGHT))
        reasons.append(
            f"The model says {opinion.days.low:g}–{opinion.days.high:g} days: {opinion.argument}"[:300]
        )
    pulled = sum(x * w for x, w in voices) / sum(w for _, w in voices)
    return math.exp(pulled) / max(cold, 0.1), reasons


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
