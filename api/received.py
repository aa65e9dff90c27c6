"""Mails put aside, for reviewers: why, as text, as a file, and the button that makes a request of one."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import ReviewerDep, ServicesDep
from api.templating import render
from triage.domain import Frozen
from triage.errors import NotFound, TriageError
from triage.intake.arrive import accept_aside
from triage.intake.email import read_mail
from triage.intake.headers import read_headers, split_head
from triage.records.aside import AsideMail
from triage.records.received import ReceivedInfo
from triage.records.text import clean

router = APIRouter(include_in_schema=False)

SHOWN = 40
RAW_SHOWN = 64 * 1024  # bytes; the rest is in the file
MAIL = "message/rfc822"
WHY = {"automatic": "automatic", "bounce": "came back", "refused": "could not be read"}
# Nothing of it runs or loads, even where a browser shows a mail instead of saving it.
FILE_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox"}

log = logging.getLogger(__name__)


class Listed(Frozen):
    """One line of the list: what its headers say, read without trust."""

    info: ReceivedInfo
    why: str
    subject: str
    sender: str
    address: str


@router.get("/received", response_model=None)
def page(request: Request, services: ServicesDep, person: ReviewerDep, before: str = "") -> Response:
    """What was put aside, newest first. `before`: the number on from which it goes."""
    last = int(before) if before.isascii() and before.isdigit() and len(before) < 12 else None
    found = services.store.aside(SHOWN + 1, last)
    return render(
        request,
        "received/list.html",
        mails=[listed(mail) for mail in found[:SHOWN]],
        older=found[SHOWN - 1].info.id if len(found) > SHOWN else 0,
        newest=last is None,
    )


@router.get("/received/{received_id}", response_model=None)
def one(request: Request, services: ServicesDep, person: ReviewerDep, received_id: int) -> Response:
    """One of them, as text; when it has become a request, that one."""
    info = services.store.received_info(received_id)
    if info.request_id:
        return RedirectResponse(f"/review/{info.request_id}", HTTPStatus.SEE_OTHER)
    raw = services.store.raw(received_id)
    return render(
        request,
        "received/one.html",
        mail=listed(AsideMail(info=info, head=raw[:RAW_SHOWN])),
        words=_words(info, raw),
        raw=clean(raw[:RAW_SHOWN].decode("utf-8", "replace")),
        cut=len(raw) > RAW_SHOWN,
        is_mail=info.media_type == MAIL,
    )


@router.get("/received/{received_id}/mail.eml", response_model=None)
def download(services: ServicesDep, person: ReviewerDep, received_id: int) -> Response:
    """The bytes as they came, to open in a mail program."""
    info = services.store.received_info(received_id)
    ending = "eml" if info.media_type == MAIL else "json"
    disposition = f'attachment; filename="received-{received_id}.{ending}"'
    headers = {**FILE_HEADERS, "Content-Disposition": disposition}
    return Response(services.store.raw(received_id), media_type=info.media_type, headers=headers)


@router.post("/received/{received_id}/request", response_model=None)
def make_request(services: ServicesDep, person: ReviewerDep, received_id: int) -> Response:
    """A person says that it is a request after all. Again: the same request."""
    info = services.store.received_info(received_id)
    if info.media_type != MAIL:
        raise NotFound("This is no mail.", "Type the request into the form.")
    arrival = accept_aside(services, received_id)
    log.info("put aside and taken up again received=%d request=%s", received_id, arrival.request_id)
    return RedirectResponse(f"/review/{arrival.request_id}", HTTPStatus.SEE_OTHER)


def listed(mail: AsideMail) -> Listed:
    """What is shown of a mail without reading more than its headers."""
    headers = read_headers(mail.head[: split_head(mail.head, 0, len(mail.head))[0]])
    sender = headers.mailbox("from")
    return Listed(
        info=mail.info,
        why=WHY.get(mail.info.kind, mail.info.kind),
        subject=headers.line("subject"),
        sender=sender.name,
        address=sender.address,
    )


def _words(info: ReceivedInfo, raw: bytes) -> str:
    """What it says, where it can be read; what was refused once is not tried again here."""
    if info.media_type != MAIL or info.kind == "refused":
        return ""
    try:
        return read_mail(raw).request.text()
    except TriageError:
        return ""
