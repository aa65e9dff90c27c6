"""The inbox: every request by how urgent its answer is (P4), in pages, as one URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import PersonDep, ReviewerDep, ServicesDep
from api.review_flow import said_of
from api.review_page import undo_of
from api.rows import Row, row_of, section_rows
from api.templating import render
from triage.clock import Bucket
from triage.domain import Lane, Person, RequestRecord, Role, Status, TShirt
from triage.records.inbox import MOST_COUNTED, InboxCounts, Wanted
from triage.records.rows import Stage

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(include_in_schema=False)

IN_HAND = (Stage.DATED, Stage.UNDATED, Stage.WAITING)
SHOWN = 50  # requests on a page
PARKED_SHOWN = 20
DONE_SHOWN = 8  # below the open ones
LAST_PAGE = 200  # further down nobody looks: that is what search and filters are for
SEARCH_CAP = 200  # characters


@dataclass(frozen=True)
class View:
    """What the URL asks for."""

    show: str = ""  # "answered" or ""
    mine: bool = False
    lane: Lane | None = None
    size: TShirt | None = None
    q: str = ""
    page: int = 1

    @property
    def answered(self) -> bool:
        """The done ones."""
        return self.show == "answered"

    @property
    def narrowed(self) -> bool:
        """Something is left out."""
        return bool(self.mine or self.lane or self.size or self.q)

    def url(self, **changes: object) -> str:
        """The address of this view with `changes`; another page only when `page` is among them."""
        view = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        said = {
            "show": view.show,
            "mine": "1" if view.mine else "",
            "lane": view.lane or "",
            "size": view.size or "",
            "q": view.q,
            "page": str(view.page) if view.page > 1 else "",
        }
        query = urlencode({name: value for name, value in said.items() if value})
        return f"/review?{query}" if query else "/review"


@router.get("/", response_model=None)
def home(person: PersonDep) -> Response:
    """The way in: reviewers to the inbox, submitters to their own requests."""
    return RedirectResponse("/requests" if person.role is Role.SUBMITTER else "/review", HTTPStatus.SEE_OTHER)


@router.get("/review", response_model=None)
def inbox(
    request: Request,
    services: ServicesDep,
    person: ReviewerDep,
    q: str = "",
    mine: str = "",
    show: str = "",
    lane: str = "",
    size: str = "",
    page: str = "",
    part: str = "",
    approved: str = "",
    decided: str = "",
) -> Response:
    """Requests by bucket. What the URL asks for and nobody knows is left out; `part=1` is the list alone."""
    view = View(
        show="answered" if show == "answered" else "",
        mine=mine in ("1", "true"),
        lane=Lane(lane) if lane in list(Lane) else None,
        size=TShirt(size) if size in list(TShirt) else None,
        q=q.strip()[:SEARCH_CAP],
        page=min(int(page), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )
    undo = undo_of(services, approved)
    return render(
        request,
        "inbox_list.html" if part == "1" else "inbox.html",
        **_listed(services, person, replace(view, page=max(view.page, 1))),
        undo=undo,
        aside=services.store.has_aside(),
        notice="" if undo else said_of(services, approved or decided),
    )


def _listed(services: Services, person: Person, view: View) -> dict[str, Any]:
    now, store = datetime.now(UTC), services.store
    wanted = Wanted(
        reviewer=person.address if view.mine else "", lane=view.lane, label=view.size, search=view.q
    )
    wanted = store.looked_up(wanted)
    counts = store.inbox_counts(wanted, now, services.teams.soon(now))
    first = view.page == 1
    stages = (Stage.OVER,) if view.answered else IN_HAND
    found = store.inbox(wanted, stages=stages, limit=SHOWN + 1, offset=(view.page - 1) * SHOWN)
    more, found = len(found) > SHOWN and view.page < LAST_PAGE, found[:SHOWN]
    extra = first and not view.answered
    parked = store.inbox(wanted, stages=(Stage.PARKED,), limit=PARKED_SHOWN) if extra else []
    done = store.inbox(wanted, stages=(Stage.OVER,), limit=DONE_SHOWN) if extra else []
    rows = _rows(services, person, [*parked, *found, *done], now)
    return {
        "view": view,
        "sections": section_rows(rows[len(parked) :], _by_bucket(counts)),
        "parked": rows[: len(parked)],
        "counts": counts,
        "most_counted": MOST_COUNTED,
        "drafting": any(row.record.status in (Status.RECEIVED, Status.DRAFTING) for row in rows),
        "names": services.people.names(),
        "more": more,
        "lanes": tuple(Lane),
        "sizes": tuple(TShirt),
    }


def _rows(services: Services, person: Person, records: list[RequestRecord], now: datetime) -> tuple[Row, ...]:
    said = _sized(services, person, records)
    return tuple(
        row_of(record, now, services.teams, size_hidden=said is not None and _unsaid(record, said))
        for record in records
    )


def _sized(services: Services, person: Person, records: list[RequestRecord]) -> frozenset[str] | None:
    """The requests this person has sized; None when sizes are not to be said blind (P28)."""
    if not services.settings.blind_size:
        return None
    return services.store.sized_by(person.address, [record.request.id for record in records])


def _unsaid(record: RequestRecord, said: frozenset[str]) -> bool:
    return record.status is Status.IN_REVIEW and record.request.id not in said


def _by_bucket(counts: InboxCounts) -> dict[Bucket, int]:
    return {
        Bucket.OVERDUE: counts.overdue,
        Bucket.SOON: counts.soon,
        Bucket.QUEUE: counts.queue,
        Bucket.WAITING: counts.waiting,
        Bucket.ANSWERED: counts.over,
    }
