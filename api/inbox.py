"""The inbox: every request by how urgent its answer is (P4)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import PersonDep, ReviewerDep, ServicesDep
from api.rows import row_of, section_rows
from api.templating import render
from triage.domain import Role, Status

router = APIRouter(include_in_schema=False)

OPEN = (Status.RECEIVED, Status.DRAFTING, Status.IN_REVIEW, Status.WAITING)
DONE = (Status.ANSWERED, Status.CLOSED)
OPEN_SHOWN = 200
DONE_SHOWN = 8  # below the open ones
DONE_PAGE = 50  # when they are asked for
SEARCH_CAP = 200  # characters


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
    mine: bool = False,
    show: str = "",
) -> Response:
    """Requests by bucket. `q` searches, `mine` keeps one's own, `show=answered` lists the done ones."""
    now, only_done = datetime.now(UTC), show == "answered"
    find = partial(
        services.store.records, search=q.strip()[:SEARCH_CAP], reviewer=person.address if mine else ""
    )
    parked = [] if only_done else find(statuses=(Status.PARKED,), limit=OPEN_SHOWN)
    still_open = [] if only_done else find(statuses=OPEN, limit=OPEN_SHOWN)
    done = find(statuses=DONE, limit=DONE_PAGE if only_done else DONE_SHOWN)
    counts = services.store.counts()
    return render(
        request,
        "inbox.html",
        sections=section_rows([*still_open, *done], now, services.calendar),
        parked=[row_of(record, now, services.calendar) for record in parked],
        open_count=sum(counts.get(status, 0) for status in (*OPEN, Status.PARKED)),
        done_count=sum(counts.get(status, 0) for status in DONE),
        drafting_count=sum(counts.get(status, 0) for status in (Status.RECEIVED, Status.DRAFTING)),
        names={someone.address: someone.name or someone.address for someone in services.people.everyone()},
        cut=len(still_open) == OPEN_SHOWN,
        q=q,
        mine=mine,
        only_done=only_done,
    )
