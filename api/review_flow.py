"""From a posted review form to the page that follows: carried out, refused, or somebody else was first."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.fields import Trouble
from api.review_form import Form
from api.review_page import Refusal, show_again, show_conflict, title_of
from triage.domain import Decision, DecisionKind, Draft, Person, Status
from triage.errors import Conflict, NotFound, RuleBroken

if TYPE_CHECKING:
    from triage.bootstrap import Services

NOTICES = {
    "saved": "Saved.",
    "asked": "Asked. The clock stands still until the submitter replies.",
    "sent-back": "Sent back. It is being drafted again with your guidance; your text stays as a version.",
    "assigned": "Handed over.",
    "retried": "Trying again.",
    "redrafting": "Being drafted again with the new mail.",
    "claimed": "This is yours now. Others see that you are working on it.",
    "released": "Given back.",
    "corrected": "Corrected. The mail itself stays as it came.",
    "address": "Kept. It goes by the address as it stands now.",
    "own-size": "Kept, beside the proposed range.",
    "undone": "Taken back. Nothing went out; the clock runs as if nothing had been.",
}
TRUE_WHILE = {"asked": Status.WAITING, "sent-back": Status.DRAFTING}  # the page reloads when it moves on
DECIDED = {
    DecisionKind.APPROVE: "Approved: the answer to “{}” is on its way.",
    DecisionKind.ASK: "Asked about “{}”. Its clock stands still until the submitter replies.",
    DecisionKind.SEND_BACK: "Sent back: “{}” is being drafted again with your guidance.",
}


def carry_out(
    request: Request, services: Services, form: Form, person: Person, act: Callable[[], str], refused: str
) -> Response:
    """Do it and go where `act` says; or the page again with what is missing, or with who was first."""
    if form.troubles:
        return show_again(request, services, form, person, Refusal(refused, form.troubles))
    try:
        address = act()
    except RuleBroken as broken:
        troubles = tuple(Trouble(field, message) for field, message in broken.missing.items())
        return show_again(request, services, form, person, Refusal(refused, troubles))
    except Conflict as conflict:
        return show_conflict(request, services, form, conflict)
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def keep(services: Services, form: Form, person: Person, *, autosaved: bool = False) -> Draft:
    """Store the form as a version of its own. Raises Conflict."""
    return services.store.save_edit(
        form.draft,
        base_version=form.draft.version,
        by=person.address,
        autosaved=autosaved,
        take_over=form.take_over,
    )


def desk(request_id: str, done: str) -> str:
    """The page of a request, which says what was just `done`."""
    return f"/review/{request_id}?done={done}"


def next_address(services: Services, person: Person, said: str) -> str:
    """The next request to decide, else the inbox; `said` names the decision about this one."""
    record = services.store.next_for(person.address)
    return f"/review/{record.request.id}?{said}" if record else f"/review?{said}"


def then_address(services: Services, form: Form, person: Person, decision: Decision, done: str) -> str:
    """Back to the page, or on to the next when the form says `then=next`."""
    if form.fields.get("then") == "next":
        return next_address(services, person, f"decided={decision.id}")
    return desk(decision.request_id, done)


def notice_of(done: str, status: Status) -> str:
    """What to say of what was just done here; nothing once the request has moved on."""
    return NOTICES.get(done, "") if TRUE_WHILE.get(done, status) is status else ""


def said_of(services: Services, decision_id: str) -> str:
    """What to say of a decision about another request; nothing of one that was undone or never was."""
    try:
        decision = services.store.decision(decision_id)
    except NotFound:
        return ""
    record = services.store.record(decision.request_id)
    if decision.kind is DecisionKind.APPROVE and record.decision_id != decision_id:
        return ""
    return DECIDED[decision.kind].format(title_of(record))
