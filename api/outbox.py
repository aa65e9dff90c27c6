"""What leaves, and what became of it: failed messages first, with the way to send them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import ReviewerDep, ServicesDep
from api.posted import FieldsDep
from api.templating import render
from triage.domain import OutChannel, OutgoingMessage
from triage.errors import BadInput
from triage.records.outgoing import WAITING, OutgoingPage, OutgoingState, OutStatus

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(include_in_schema=False)

PAGE = 40  # messages of one state on a page of its own
GLANCE = 8  # of each state on the page with all
SHOW: dict[str, tuple[str, tuple[OutStatus, ...]]] = {
    "failed": ("Not delivered", ("failed",)),
    "waiting": ("Waiting", WAITING),
    "sent": ("Sent", ("sent",)),
}
NOTICES = {"again": "It is sent again; whatever comes of it shows here."}
REDIRECTED = frozenset({"answer", "checklist", "questions"})  # mails that may go to another colleague


@dataclass(frozen=True)
class Section:
    """The messages in one state."""

    key: str
    title: str
    total: int
    page: OutgoingPage


@dataclass(frozen=True)
class Refused:
    """An address that was typed for a message and not taken."""

    message_id: str
    typed: str
    sentence: str


@router.get("/outbox", response_model=None)
def outbox(
    request: Request,
    services: ServicesDep,
    person: ReviewerDep,
    show: str = "",
    below: str = "",
    done: str = "",
) -> Response:
    """Failed, waiting and sent messages. `show` is one of `SHOW`, else a few of each."""
    return _page(request, services, show, below, notice=NOTICES.get(done, ""))


@router.post("/outbox/{message_id}/again", response_model=None)
def again(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, message_id: str
) -> Response:
    """Send a failed message again, under its fixed id; a mail also to the address in `to`."""
    show, typed = fields.get("show"), fields.get("to")
    state = services.outgoing.state(message_id)
    try:
        to = _colleague(services, state.message, typed) if fields.has("to") else ""
    except BadInput as error:
        refused = Refused(message_id, typed, str(error))
        return _page(request, services, show, "", refused=refused)
    services.outgoing.again(message_id, person.address, to)
    query = urlencode({"show": show, "done": "again"} if show in SHOW else {"done": "again"})
    return RedirectResponse(f"/outbox?{query}", HTTPStatus.SEE_OTHER)


def not_delivered(services: Services, request_id: str) -> list[OutgoingState]:
    """The messages of a request that were given up or came back."""
    return [state for state in services.outgoing.for_request(request_id) if state.status == "failed"]


def _page(
    request: Request,
    services: Services,
    show: str,
    below: str,
    *,
    notice: str = "",
    refused: Refused | None = None,
) -> Response:
    show = show if show in SHOW else ""
    counts = _counts(services.outgoing.counts())
    sections = [
        Section(
            key,
            title,
            counts[key],
            services.outgoing.page(statuses, PAGE if show else GLANCE, below if show else ""),
        )
        for key, (title, statuses) in SHOW.items()
        if show in ("", key)
    ]
    return render(
        request,
        "outbox/list.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        show=show,
        counts=[(key, title, counts[key]) for key, (title, _) in SHOW.items()],
        total=sum(counts.values()),
        sections=sections,
        redirected=REDIRECTED,
        first=not below,
        notice=notice,
        refused=refused,
    )


def _counts(counts: Mapping[tuple[OutChannel, OutStatus], int]) -> Counter[str]:
    found = Counter[str]()
    for (_, status), number in counts.items():
        found.update({key: number for key, (_, statuses) in SHOW.items() if status in statuses})
    return found


def _colleague(services: Services, message: OutgoingMessage, typed: str) -> str:
    """The address, when this mail may go there: what we say among ourselves stays with us.

    Raises:
        BadInput: says what is wrong with it.
    """
    address = parseaddr(typed)[1].lower()
    if message.channel is not OutChannel.MAIL or message.kind not in REDIRECTED:
        raise BadInput("This message goes to no other address.", "Send it again as it is.")
    if "@" not in address or typed.count("@") != 1 or not address.isascii():
        raise BadInput("That is no mail address.", "Write one like sam@example.com.")
    settings, person = services.settings, services.people.get(address)
    known = {settings.support_address.lower(), settings.sales_address.lower()}
    if address.rpartition("@")[2] in settings.own_domains or (person and person.active) or address in known:
        return address
    raise BadInput(
        f"{address} is not one of ours.",
        "Choose somebody who may sign in here, or an address in TRIAGE_TEAM_DOMAINS.",
    )
