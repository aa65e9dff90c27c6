"""What the JSON API shows of a request, and to whom.

A submitter sees nothing of the machine's draft: only what a human has approved goes out (P17).
"""

from __future__ import annotations

from datetime import datetime

from triage.clock import Teams, explain_due
from triage.domain import (
    Answer,
    Draft,
    Frozen,
    Lane,
    Person,
    Question,
    Request,
    RequestRecord,
    Role,
    Status,
    TShirt,
    Verdict,
)
from triage.records.store import Store


class RequestSummary(Frozen):
    """One line of the list."""

    id: str
    subject: str
    customer: str
    status: Status
    submitter: str
    reviewer: str
    received: datetime
    due: datetime | None
    due_explained: str = ""  # what it was counted from, in the zone of the team
    team: str = ""  # whose business days count, empty: the default
    draft_version: int
    ask: str = ""
    label: TShirt | None = None
    lane: Lane | None = None
    verdict: Verdict | None = None
    answered: datetime | None = None
    trouble: str = ""


class RequestView(Frozen):
    """One request. `draft` is the newest version, for reviewers; `answer` the approved one."""

    summary: RequestSummary
    request: Request
    draft: Draft | None = None
    open_questions: tuple[Question, ...] = ()  # what the submitter was asked and owes an answer to
    answer: Answer | None = None


def summary_for(record: RequestRecord, person: Person, teams: Teams) -> RequestSummary:
    """The line as this person may see it."""
    if person.role is Role.SUBMITTER:
        record = record.as_submitter_sees()
    summary = RequestSummary(
        id=record.request.id,
        subject=record.request.subject,
        customer=record.request.customer,
        status=record.status,
        submitter=record.request.submitter,
        reviewer=record.reviewer,
        received=record.request.received,
        due=record.due,
        due_explained=explain_due(record, teams.of(record)),
        team=record.team,
        draft_version=record.draft_version,
        verdict=record.verdict,
        answered=record.answered,
    )
    if person.role is Role.SUBMITTER:
        return summary
    drafted = {"ask": record.ask, "label": record.label, "lane": record.lane, "trouble": record.trouble}
    return summary.model_copy(update=drafted)


def view_for(store: Store, record: RequestRecord, person: Person, teams: Teams) -> RequestView:
    """The request as this person may see it."""
    request_id = record.request.id
    return RequestView(
        summary=summary_for(record, person, teams),
        request=record.request,
        draft=None if person.role is Role.SUBMITTER else store.latest_draft(request_id),
        open_questions=tuple(store.asked(request_id)),
        answer=_approved_answer(store, record),
    )


def _approved_answer(store: Store, record: RequestRecord) -> Answer | None:
    if record.status not in (Status.ANSWERED, Status.CLOSED) or not record.approved_version:
        return None
    return store.draft(record.request.id, record.approved_version).answer
