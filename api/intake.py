"""Mail in: the mail server or a colleague posts a raw message, and gets a number once it is safe."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.deps import PersonDep, ServicesDep
from api.errors import PROBLEMS
from api.receipts import Receipt, receipt_for
from triage.domain import Person, Role
from triage.errors import BadMail
from triage.intake.accept import accept_request
from triage.intake.email import parse_mail

router = APIRouter(tags=["intake"])

RAW_MAIL = {
    "required": True,
    "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
}
MAIL_TYPES = ("message/rfc822", "application/octet-stream", "text/plain", "")


async def raw_mail(request: Request, _person: PersonDep) -> bytes:
    """The body, read only once the sender is known; `api.limits` caps it.

    Raises:
        BadMail: the body calls itself something else than a mail.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MAIL_TYPES:
        raise BadMail(
            f"This is sent as {media_type[:80]}, not as a mail.", "Send the raw message as message/rfc822."
        )
    return await request.body()


@router.post(
    "/intake/email",
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS,
    openapi_extra={"requestBody": RAW_MAIL},
    summary="Hand in a mail",
)
def accept_mail(
    services: ServicesDep, person: PersonDep, raw: Annotated[bytes, Depends(raw_mail)], response: Response
) -> Receipt:
    """Takes one raw mail of at most 25 MB and answers with the request's id once it is stored.

    The same mail again gets the same id. A forward is unwrapped when it comes from one of our own
    mail domains; the colleague who forwarded it gets the answer.
    """
    request = parse_mail(raw, own_domains=services.settings.own_domains, submitter=_submitter(person))
    return receipt_for(accept_request(services, request), response)


def _submitter(person: Person) -> str:
    """A colleague's own token hands in for that colleague; a gateway's token for whoever sent the mail."""
    return person.address if person.role is Role.SUBMITTER else ""
