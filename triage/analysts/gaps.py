"""Which questions to ask: typical surprises of the kinds found, what surprised this team before, and
what the product map touches; ranked by impact x probability, one concern each.

The rank of a question is the probability that it surfaces (a noisy-or over everything that points to
it) times its impact. What it is worth in this draft is less: where the area makes no sense, where nothing
may be hidden at all, and where a question of the same category is asked already, so that three on top open
three doors instead of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.analysts.candidates import (
    WORTH_ASKING,
    Candidate,
    clear_answered,
    from_kinds,
    surfacing,
    weigh_aptness,
)
from triage.analysts.overlay import MapOverlay
from triage.analysts.past import OwnPast, usual_length
from triage.analysts.phrasing import Phrasing
from triage.analysts.reading import USUAL_WORDS, smallness_here
from triage.analysts.relevance import RelevanceJudge
from triage.analysts.vectors import CatalogueVectors
from triage.catalogue import Catalogue
from triage.domain import (
    MAX_QUESTIONS,
    Category,
    Citation,
    Cleared,
    Evidence,
    EvidenceKind,
    Gaps,
    Reading,
    Request,
    distinct_words,
)
from triage.ports import Encoder
from triage.sizing import trip_wires

if TYPE_CHECKING:
    import numpy as np

SAME_CATEGORY = 0.4  # factor for every further question of a category already asked
SAME_CATEGORY_FOLDED = 0.8  # likewise in the fold, where there is room for more of a kind
TWIN = 0.66  # cosine from which two candidates of one category are one concern
FITTING = 1.25  # exponent on the probability that the area makes sense here
QUIET = 2.0  # exponent on the probability that anything is hidden at all
WORTH_TOP = 0.06  # worth below which a question is folded
MAX_FOLDED = 16


@dataclass(frozen=True)
class Weighed:
    """The catalogue's candidates for one request, before the team's own past has its say."""

    candidates: dict[str, Candidate]
    cleared: dict[Category, Cleared]

    @property
    def surfacing(self) -> dict[Category, float]:
        """Probability that anything of a category surfaces."""
        return surfacing(self.candidates.values())


class GapFinder:
    """Walks the catalogue for one request."""

    def __init__(self, catalogue: Catalogue, encoder: Encoder, vectors: CatalogueVectors) -> None:
        self._catalogue = catalogue
        self._encoder = encoder
        self._vectors = vectors
        self._past = OwnPast(catalogue, encoder, vectors)
        self._relevance = RelevanceJudge(catalogue)
        self._overlay = MapOverlay(catalogue)

    def find(self, request: Request, reading: Reading, evidence: Evidence) -> Gaps:
        """At most five questions, the rest folded, every remaining category cleared with a reason."""
        weighed = self.weigh(request, reading)
        candidates, cleared = weighed.candidates, weighed.cleared
        small = self._smallness(request, reading, evidence)
        likely = weighed.surfacing
        absurd = self._relevance.out_of_place(request.ask_text(), likely, small)
        self._apply_past(candidates, evidence)
        for about_part in self._overlay.candidates(evidence, likely):
            candidates[about_part.key] = about_part
        cleared = clear_answered(request.text(), candidates) | cleared  # what past or map bring anew
        worth = self._merged([c for c in candidates.values() if c.rank >= WORTH_ASKING])

        loud: float = (1 - small) ** QUIET

        def in_place(candidate: Candidate) -> float:
            fitting: float = (1 - absurd[candidate.category]) ** FITTING
            return candidate.rank * fitting

        def on_top(candidate: Candidate) -> float:
            return in_place(candidate) * loud

        top = _diversified(worth, on_top, SAME_CATEGORY, MAX_QUESTIONS, WORTH_TOP)
        left = [candidate for candidate in worth if candidate not in top]
        rest = _diversified(left, in_place, SAME_CATEGORY_FOLDED, MAX_FOLDED)
        phrasing = Phrasing(reading, evidence, self._overlay)
        questions = tuple(map(phrasing.question, top))
        folded = tuple(map(phrasing.question, rest))
        asked = {question.category for question in (*questions, *folded)}
        cleared.update(self._not_relevant(asked | set(cleared), reading))
        return Gaps(questions=questions, folded=folded, cleared=tuple(cleared.values()))

    def weigh(self, request: Request, reading: Reading) -> Weighed:
        """The catalogue's questions with what the kinds and words of the request say of them."""
        candidates = from_kinds(self._catalogue, reading)
        cleared = clear_answered(request.text(), candidates)
        if candidates:
            questions = list(candidates.values())
            (asked,) = self._encoder.encode([request.ask_text()])
            plain = [c.question.plain for c in questions if c.question]
            weigh_aptness(questions, self._vectors.of(plain) @ asked)
        return Weighed(candidates, cleared)

    def _smallness(self, request: Request, reading: Reading, evidence: Evidence) -> float:
        """A request that trips a wire is never small."""
        if trip_wires(self._catalogue, request, reading):
            return 0.0
        usual = usual_length(evidence.record, USUAL_WORDS)
        return smallness_here(self._catalogue, reading, distinct_words(request.ask_text()), usual)

    def _apply_past(self, candidates: dict[str, Candidate], evidence: Evidence) -> None:
        """Areas that surprise this team often come up sooner; a past surprise backs a catalogue question
        or becomes one of its own."""
        lifts = self._past.lifts(evidence.record)
        for candidate in candidates.values():
            candidate.scale(lifts[candidate.category])
        for number, lesson in enumerate(self._past.lessons(evidence)):
            surprise, known, past = lesson.surprise, lesson.known, lesson.similar.past
            key = known.id if known else f"past.{past.id}.{number}"
            text = "" if known else surprise.question
            candidate = candidates.setdefault(key, Candidate(known, surprise.category, text))
            candidate.support(lesson.likely)
            candidate.evidence.append(
                Citation(kind=EvidenceKind.PAST, id=past.id, title=past.subject, passage=surprise.question)
            )

    def _merged(self, candidates: list[Candidate]) -> list[Candidate]:
        """Strongest first; one concern that several kinds raise stands once, and is the likelier for it."""
        kept: list[Candidate] = []
        vectors = self._vectors_of(candidates)
        for candidate in sorted(candidates, key=_strongest_first):
            same = [k for k in kept if k.category is candidate.category]
            twin = next((k for k in same if vectors[k.key] @ vectors[candidate.key] >= TWIN), None)
            if twin is None:
                kept.append(candidate)
            else:
                twin.support(candidate.probability)
                twin.evidence += [c for c in candidate.evidence if c not in twin.evidence]
        return sorted(kept, key=_strongest_first)

    def _vectors_of(self, candidates: list[Candidate]) -> dict[str, np.ndarray]:
        known = [c for c in candidates if not c.text]
        rows = self._vectors.of([c.question.plain for c in known if c.question])
        worded = [c for c in candidates if c.text]
        own = list(self._encoder.encode([c.text for c in worded])) if worded else []
        return dict(zip([c.key for c in (*known, *worded)], [*rows, *own], strict=True))

    def _not_relevant(self, settled: set[Category], reading: Reading) -> dict[Category, Cleared]:
        kinds = " and ".join(kind.name.lower() for kind in reading.sure_kinds[:2]) or "this kind of request"
        return {
            category: Cleared(category=category, reason=info.not_relevant.replace("{kinds}", kinds))
            for category, info in self._catalogue.categories.items()
            if category not in settled
        }


def _strongest_first(candidate: Candidate) -> tuple[float, str]:
    return -candidate.rank, candidate.question.id if candidate.question else candidate.text


def _diversified(
    candidates: Sequence[Candidate],
    worth: Callable[[Candidate], float],
    discount: float,
    most: int,
    least: float = 0.0,
) -> list[Candidate]:
    """At most `most`, worthiest first, each further one of a category discounted once more; none whose
    discounted worth is below `least`."""
    left, chosen = [(candidate, worth(candidate)) for candidate in candidates], list[Candidate]()
    seen: dict[Category, int] = {}

    def now(entry: tuple[Candidate, float]) -> float:
        return entry[1] * discount ** seen.get(entry[0].category, 0)

    while left and len(chosen) < most:
        best = max(left, key=now)
        if now(best) < least:
            break
        left.remove(best)
        chosen.append(best[0])
        seen[best[0].category] = seen.get(best[0].category, 0) + 1
    return chosen
