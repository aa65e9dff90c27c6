"""The posted review form: what the human made of which version, and how that stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.fields import Fields, Trouble
from api.forms import Edited, read_review
from api.templating import days
from api.views import Gap, gaps_of, offered_moves
from triage import review
from triage.domain import Draft, Frozen, NarrowingMove, Person, RequestRecord, Status

if TYPE_CHECKING:
    from triage.bootstrap import Services


@dataclass(frozen=True)
class Form:
    """A posted review form: the stored version it showed and what the human made of it."""

    base: Draft
    edited: Edited  # its draft has the version that the form has seen last: it may have saved itself since
    fields: Fields

    @property
    def draft(self) -> Draft:
        """The draft as the human wants it."""
        return self.edited.draft

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What could not be taken as typed."""
        return self.edited.troubles

    @property
    def guidance(self) -> str:
        """What the next draft should do differently."""
        return self.fields.get("guidance")

    @property
    def take_over(self) -> bool:
        """The human knows that somebody else is working on it, and goes on."""
        return self.fields.get("take_over") == "1"

    def wanting(self, *troubles: Trouble) -> Form:
        """The same form with more troubles."""
        return Form(self.base, Edited(self.draft, (*self.troubles, *troubles)), self.fields)


class Standing(Frozen):
    """How the typed draft stands, for the page while somebody types."""

    missing: tuple[Gap, ...]
    sentence: str  # as assembled from the fields
    label: str  # "" while the size is hidden, like the two after it
    total: str
    lane: str


def read_form(services: Services, request_id: str, fields: Fields, person: Person) -> Form:
    """Apply the posted fields to the version they were rendered from, the field `base`.

    `version` is the one the page has seen last: the same, unless edits of this person have saved
    themselves since. Raises NotFound.
    """
    seen = services.store.draft(request_id, fields.number("version"))
    shown = services.store.draft(request_id, fields.number("base", seen.version))
    base = shown if shown.round == seen.round and seen.author == person.address else seen
    first = services.store.first_ai_draft(request_id)
    edited = read_review(fields, base, moves_for(services, base, first))
    draft = edited.draft.model_copy(update={"version": seen.version})
    if fields.get("use_sentence"):
        sentence = review.assemble_sentence(draft.answer)
        answer = draft.answer.model_copy(update={"sentence": sentence})
        draft = draft.model_copy(update={"answer": answer})
    return Form(base, Edited(draft, edited.troubles), fields)


def moves_for(services: Services, draft: Draft, first: Draft | None) -> tuple[NarrowingMove, ...]:
    """The narrowing moves this draft's form offers; `first` is what the pipeline wrote in this round."""
    return offered_moves(services.catalogue, draft, first.answer.moves if first else ())


def standing_of(services: Services, draft: Draft, person: Person) -> Standing:
    """What is missing, the sentence and the size of a draft as typed."""
    hidden = size_hidden(services, services.store.record(draft.request_id), person)
    return Standing(
        missing=gaps_of(review.missing(draft)),
        sentence=review.assemble_sentence(draft.answer),
        label="" if hidden else draft.size.label.value,
        total="" if hidden else days(draft.size.total),
        lane="" if hidden else draft.size.lane.value,
    )


def size_hidden(services: Services, record: RequestRecord, person: Person) -> bool:
    """True until a reviewer has said how large they think it is, where they are to say it first (P28)."""
    if not services.settings.blind_size or record.status is not Status.IN_REVIEW:
        return False
    return not services.store.sized_by(person.address, [record.request.id])
