"""What the company knows, to look through: past requests, architecture notes, and who uses them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import ReviewerDep, ServicesDep
from api.shelves import (
    HistoryView,
    Wanted,
    history_rows,
    kind_options,
    mark_place,
    note_of,
    read_place,
    shelve,
)
from api.templating import render
from triage.domain import EvidenceKind, Verdict
from triage.errors import NotFound
from triage.ports import Allowed
from triage.records.facets import CATEGORY, EVERY, VERDICT
from triage.records.overview import MOST_COUNTED, HistoryPage

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(include_in_schema=False)

PAGE = 25  # past requests on a page
BEST = 50  # of a search: what stands further down resembles the words only faintly
LOOKED_AT = 200  # matches of a search that the filters are laid over
NOTES_PAGE = 40
EVERY_REVIEWER = Allowed()  # what is confidential or archived is not listed


class FacetCounts:
    """How many past requests have which facet, counted again only when the history has changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._edition = -1
        self._counts: dict[tuple[str, str], int] = {}

    def of(self, services: Services) -> dict[tuple[str, str], int]:
        """The counts as they are now."""
        with self._lock:
            edition = services.knowledge.past_edition()
            if edition != self._edition:
                self._counts, self._edition = services.store.facet_counts(), edition
            return self._counts


# --- past requests ------------------------------------------------------------------------------


@router.get("/history", response_model=None)
def history(
    request: Request,
    services: ServicesDep,
    person: ReviewerDep,
    q: str = "",
    verdict: str = "",
    category: str = "",
    kind: str = "",
    below: str = "",
    above: str = "",
) -> Response:
    """Past requests, newest first; with `q` the best matches first. Everything chosen stands in the URL."""
    wanted = Wanted.of(q=q, verdict=verdict, category=category, kind=kind)
    counts = _facet_counts(request).of(services)
    if wanted.q:
        page, total = _search(services, wanted), 0
    else:
        page = services.store.history(
            wanted.facets(counts), PAGE, below=read_place(below), above=read_place(above)
        )
        total = _total(services, wanted, counts)
    return render(
        request,
        "library/history.html",
        view=HistoryView(
            wanted=wanted,
            rows=history_rows(page.rows, services.catalogue),
            newer=mark_place(page.newer),
            older=mark_place(page.older),
            total=total,
            more_than=total > MOST_COUNTED and len(wanted.facets(counts)) > 1,
            every=counts.get(EVERY, 0),
        ),
        verdicts=[(each.value, counts.get((VERDICT, each.value), 0)) for each in Verdict],
        categories=[
            (each.value, info.name, counts.get((CATEGORY, each.value), 0))
            for each, info in services.catalogue.categories.items()
        ],
        kinds=kind_options(services.catalogue, counts),
        most=MOST_COUNTED,
        best=BEST,
    )


@router.get("/evidence/past/{past_id:path}", response_model=None)
def past(request: Request, services: ServicesDep, person: ReviewerDep, past_id: str) -> Response:
    """One past request: what was asked, how it ended, what surfaced (P16), and which drafts use it."""
    found = services.knowledge.past_requests([past_id], EVERY_REVIEWER).get(past_id)
    if found is None:
        raise NotFound(
            f"There is no past request {past_id[:80]}.", "It may have been removed from the history."
        )
    (row,) = history_rows([found], services.catalogue)
    return render(
        request,
        "evidence/past.html",
        row=row,
        past=found,
        citing=services.store.citing(EvidenceKind.PAST, past_id),
        ours=_is_ours(services, past_id),
    )


def _search(services: Services, wanted: Wanted) -> HistoryPage:
    """The best matches that have every facet, best first."""
    hits = services.knowledge.match_past("", wanted.q, LOOKED_AT)
    found = services.knowledge.past_requests([hit.id for hit in hits], EVERY_REVIEWER)
    matching = [found[hit.id] for hit in hits if hit.id in found and wanted.fits(found[hit.id])]
    return HistoryPage(rows=tuple(matching[:BEST]))


def _total(services: Services, wanted: Wanted, counts: dict[tuple[str, str], int]) -> int:
    facets = wanted.facets(counts)
    if len(facets) > 1:
        return services.store.count_history(facets)
    return counts.get(next(iter(facets.items()), EVERY), 0)


def _is_ours(services: Services, past_id: str) -> bool:
    """True when it was decided here, so that its answer can be looked at."""
    try:
        services.store.record(past_id)
    except NotFound:
        return False
    return True


def _facet_counts(request: Request) -> FacetCounts:
    counts: FacetCounts = request.app.state.facet_counts
    return counts


# --- notes --------------------------------------------------------------------------------------


@router.get("/notes", response_model=None)
def notes(
    request: Request, services: ServicesDep, person: ReviewerDep, q: str = "", show: str = "", page: int = 1
) -> Response:
    """Architecture notes, most cited first. `show` is "stale" or "unused"; with `q` the best matches."""
    words = q.strip()[:200]
    shelf = shelve(
        services.store.notes(),
        services.store.passage_uses(),
        services.store.note_uses(),
        datetime.now(UTC),
    )
    chosen = shelf.matching(_matches(services, words)) if words else shelf.showing(show)
    last = max(1, -(-len(chosen) // NOTES_PAGE))
    page = min(max(1, page), last)
    return render(
        request,
        "library/notes.html",
        notes=chosen[(page - 1) * NOTES_PAGE : page * NOTES_PAGE],
        shelf=shelf,
        q=words,
        show="" if words else show,
        page=page,
        last=last,
    )


@router.get("/evidence/notes/{passage_id:path}", response_model=None)
def note(request: Request, services: ServicesDep, person: ReviewerDep, passage_id: str) -> Response:
    """One passage, marked in the whole of its note, and which drafts use it."""
    found = services.knowledge.passages([passage_id], EVERY_REVIEWER).get(passage_id)
    if found is None:
        raise NotFound(
            f"There is no note passage {passage_id[:80]}.", "The note may have been edited or removed."
        )
    whole = services.store.note(found.path)
    return render(
        request,
        "evidence/note.html",
        passage=found,
        note=note_of(whole, services.store.passage_uses(), datetime.now(UTC)),
        citing=services.store.citing(EvidenceKind.NOTE, passage_id),
    )


def _matches(services: Services, words: str) -> list[str]:
    return [hit.id for hit in services.knowledge.match_passages("", words, LOOKED_AT)]
