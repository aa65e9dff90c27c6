"""Which words of a past request, a note or a request are embedded and compared. Search and indexing must
agree on it."""

from __future__ import annotations

from dataclasses import dataclass

from triage.domain import Passage, PastRequest, Request

TITLE_CHARACTERS = 160


@dataclass(frozen=True)
class TitledText:
    """A text as retrieval sees it: everything and its title for vectors, subject and body for words."""

    full: str
    title: str  # the first line where there is no subject
    subject: str = ""
    body: str = ""


def of_request(request: Request) -> TitledText:
    """Subject and wish; a request without a subject is known by its first line."""
    return _titled(request.subject, request.wish())


def of_past(past: PastRequest) -> TitledText:
    """Subject and body, so that like is compared with like: not outcome, not surprises."""
    return _titled(past.subject, past.body)


def of_passage(passage: Passage) -> TitledText:
    """Title and text of a note passage."""
    return _titled(passage.title, passage.text)


def _titled(title: str, body: str) -> TitledText:
    first_line = next((line.strip() for line in body.splitlines() if line.strip()), "")
    return TitledText(
        full=f"{title}\n\n{body}".strip(),
        title=title.strip() or first_line[:TITLE_CHARACTERS],
        subject=title,
        body=body,
    )
