"""Turns a chosen candidate into the question a reviewer reads: about this request and this product."""

from __future__ import annotations

from collections.abc import Sequence

from triage.analysts.candidates import Candidate
from triage.analysts.overlay import MapOverlay, cite, named
from triage.analysts.slots import Slots
from triage.analysts.vectors import text_key
from triage.catalogue import CatalogueQuestion
from triage.domain import Citation, Evidence, EvidenceKind, MapPart, Question, Reading

BITES = 3  # questions of a draft that name a part of the product map: where it bites, never the list


class Phrasing:
    """Words the questions of one draft, strongest first: a part of the map is named once."""

    def __init__(self, reading: Reading, evidence: Evidence, overlay: MapOverlay) -> None:
        self._slots = Slots(reading, evidence.map_parts)
        self._evidence = evidence
        self._overlay = overlay
        self._named: list[str] = []  # ids of the parts named so far

    def question(self, candidate: Candidate) -> Question:
        """The question as drafted, with its sources."""
        if candidate.question is None:
            return _from_past(candidate)
        if candidate.text:
            part = candidate.evidence[0].id
            self._named.append(part)
            return _drafted(candidate, candidate.question, f"{candidate.question.id}.{part}", candidate.text)
        text, parts = self._worded(candidate.question)
        self._named += [part.id for part in parts]
        return _drafted(candidate, candidate.question, candidate.question.id, text, parts)

    def _worded(self, question: CatalogueQuestion) -> tuple[str, tuple[MapPart, ...]]:
        """With its slots filled; where that names no part, a touched one of its area is pointed out."""
        text, parts = self._slots.fill(question)
        if parts or len(self._named) >= BITES:
            return text, parts
        part = self._overlay.bites(question.category, self._evidence, self._named)
        return (f"{text} Think of: {named(part)}.", (part,)) if part else (text, ())


def _drafted(
    candidate: Candidate,
    question: CatalogueQuestion,
    question_id: str,
    text: str,
    parts: Sequence[MapPart] = (),
) -> Question:
    evidence = tuple(dict.fromkeys((*candidate.evidence, *map(cite, parts))))
    return Question(
        id=question_id,
        question=text,
        category=question.category,
        why=question.why,
        quote=candidate.quote,
        ask=question.ask,
        effect=question.effect,
        evidence=evidence,
        score=round(candidate.rank, 4),
        origin="map" if any(each.kind is EvidenceKind.MAP for each in evidence) else "catalogue",
    )


def _from_past(candidate: Candidate) -> Question:
    source = candidate.evidence[0]
    return Question(
        id=f"past.{source.id}.{text_key(candidate.text)}",  # it may have surprised us twice
        question=_in_its_place(candidate.text, source),
        category=candidate.category,
        why=f"It surfaced on “{source.title}” after we had said yes.",
        ask="whoever built that one",
        effect="compare with what it cost then",
        evidence=tuple(candidate.evidence),
        score=round(candidate.rank, 4),
        origin="past",
    )


def _in_its_place(question: str, source: Citation) -> str:
    """A number belongs to the request it surfaced on; said without that, it would look like this one's."""
    if any(character.isdigit() for character in question):
        return f"As on “{source.title}”: {question[:1].lower()}{question[1:]}"
    return question
