"""A change laid over the product map (P10a): what to ask about the concrete parts it touches.

Each touched part gives one candidate. It is as likely as the part is touched and as its area surfaces for
this kind of change, so that only the two or three places where it really bites reach the draft.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from triage.analysts.candidates import Candidate
from triage.catalogue import Catalogue, MapQuestion
from triage.domain import Category, Citation, Evidence, EvidenceKind, MapPart

WORTH_NAMING = 0.2  # how much a part must be touched to be pointed out beside a question
_LATER = re.compile(r"[;(—]|[:–](?!\d)| - | -> ")  # what follows explains the part; 02:00 and 8–10 do not


class MapOverlay:
    """Knows which question is for which part."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._for_role: dict[str, list[MapQuestion]] = {}
        for question in catalogue.map_questions:
            self._for_role.setdefault(question.role, []).append(question)
        self._words = {
            category: [re.compile(word, re.IGNORECASE) for word in info.mentioned_by]
            for category, info in catalogue.categories.items()
        }

    def candidates(self, evidence: Evidence, surfacing: Mapping[Category, float]) -> Iterator[Candidate]:
        """One for each touched part of a role that has a question."""
        for part in evidence.map_parts:
            question = self._question(part)
            if question is not None:
                candidate = Candidate(question, question.category, question.question.format(part=named(part)))
                touch = evidence.touch.get(part.id, 0.0)
                candidate.support(question.weight * touch * surfacing[question.category] ** 0.5)
                candidate.evidence.append(cite(part))
                yield candidate

    def bites(self, category: Category, evidence: Evidence, already: Collection[str]) -> MapPart | None:
        """The most touched part that questions of this area are about, but for those already named."""
        about = (
            part
            for part in evidence.map_parts
            if part.id not in already
            and evidence.touch.get(part.id, 0.0) >= WORTH_NAMING
            and any(question.category is category for question in self._for_role.get(part.role, ()))
        )
        return max(about, key=lambda part: evidence.touch[part.id], default=None)

    def _question(self, part: MapPart) -> MapQuestion | None:
        """Of several for a role the one whose area the part speaks of; the first when it speaks of none."""
        return max(
            self._for_role.get(part.role, ()), key=lambda question: self._speaks(part, question), default=None
        )

    def _speaks(self, part: MapPart, question: MapQuestion) -> int:
        return sum(bool(word.search(part.text)) for word in self._words[question.category])


def named(part: MapPart) -> str:
    """What the part is called: its line up to the explanation."""
    return _LATER.split(part.text, maxsplit=1)[0].strip() or part.text


def cite(part: MapPart) -> Citation:
    """The part as a source."""
    return Citation(kind=EvidenceKind.MAP, id=part.id, title=named(part), passage=part.text)
