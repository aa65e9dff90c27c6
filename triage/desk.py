"""A desk in memory: for `triage draft` and the evaluation suites, which touch no database."""

from __future__ import annotations

from collections.abc import Sequence

from triage.domain import (
    Decision,
    Draft,
    OutgoingMessage,
    PastRequest,
    Request,
    RequestRecord,
    Status,
)
from triage.errors import NotFound


class MemoryDesk:
    """Implements `ports.Desk`; forgets everything with the process."""

    def __init__(self) -> None:
        self.requests: dict[str, Request] = {}
        self.drafts: dict[str, list[Draft]] = {}
        self.decisions: dict[str, Decision] = {}
        self.messages: list[OutgoingMessage] = []
        self.remembered: list[PastRequest] = []

    def add(self, request: Request) -> None:
        """Put a request on the desk."""
        self.requests[request.id] = request

    def request(self, request_id: str) -> Request:
        if request_id not in self.requests:
            raise NotFound(f"There is no request {request_id}.")
        return self.requests[request_id]

    def record(self, request_id: str) -> RequestRecord:
        drafts = self.drafts.get(request_id, [])
        status = Status.IN_REVIEW if drafts else Status.RECEIVED
        return RequestRecord(request=self.request(request_id), status=status, draft_version=len(drafts))

    def guidance(self, request_id: str) -> str:
        sent_back = [d.guidance for d in self.decisions.values() if d.request_id == request_id and d.guidance]
        return sent_back[-1] if sent_back else ""

    def begin_drafting(self, request_id: str) -> None:
        self.request(request_id)

    def save_draft(self, draft: Draft) -> Draft:
        versions = self.drafts.setdefault(draft.request_id, [])
        saved = draft.model_copy(update={"version": len(versions) + 1})
        versions.append(saved)
        return saved

    def decision(self, decision_id: str) -> Decision:
        if decision_id not in self.decisions:
            raise NotFound(f"There is no decision {decision_id}.")
        return self.decisions[decision_id]

    def carry_out(self, decision_id: str) -> bool:
        self.decision(decision_id)
        return True

    def draft(self, request_id: str, version: int) -> Draft:
        versions = self.drafts.get(request_id, [])
        if not 1 <= version <= len(versions):
            raise NotFound(f"Request {request_id} has no draft version {version}.")
        return versions[version - 1]

    def enqueue_messages(self, messages: Sequence[OutgoingMessage]) -> None:
        known = {message.id for message in self.messages}
        self.messages.extend(message for message in messages if message.id not in known)

    def remember(self, past: PastRequest) -> None:
        if past.id not in {known.id for known in self.remembered}:
            self.remembered.append(past)
