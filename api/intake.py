"""Ways in over HTTP: a raw mail with a token, or the signed call of another system.

Whoever sends gets a number once what they sent is safe.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response

from api.deps import PersonDep, ServicesDep
from api.errors import PROBLEMS
from api.receipts import Receipt, receipt_of
from triage.domain import Person, Role
from triage.errors import BadMail
from triage.intake.arrive import accept_mail as take_in
from triage.intake.providers.base import Call
from triage.intake.providers.receiving import receive
from triage.intake.providers.registry import Providers, require_active

router = APIRouter(tags=["intake"])

RAW_MAIL = {
    "required": True,
    "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
}
ANY_BODY = {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
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

    The same mail again gets the same id, and a reply the id of the request it belongs to. A forward is
    unwrapped when it comes from one of our own mail domains; the colleague who forwarded it gets the answer.
    """
    return receipt_of(take_in(services, raw, channel="http", submitter=_submitter(person)), response)


def _submitter(person: Person) -> str:
    """A colleague's own token hands in for that colleague; a gateway's token for whoever sent the mail."""
    return person.address if person.role is Role.SUBMITTER else ""


async def signed_call(request: Request, provider: str, services: ServicesDep) -> Call:
    """The call as it came, its body read only for a provider that is switched on; `api.limits` caps it.

    Raises:
        NotFound: no such provider, or it is switched off.
    """
    require_active(provider, services.settings)
    scope = request.scope
    path = cast("bytes", scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return Call(
        method=request.method,
        url=f"{services.settings.base_url}{path}{f'?{query}' if query else ''}",
        headers=dict(request.headers),
        body=await request.body(),
        at=datetime.now(UTC),
    )


@router.post(
    "/intake/{provider}",
    status_code=HTTPStatus.ACCEPTED,
    responses=PROBLEMS,
    openapi_extra={"requestBody": ANY_BODY},
    summary="A call of another system",
)
@router.post("/intake/{provider}/mime", include_in_schema=False)
def accept_call(
    request: Request, provider: str, services: ServicesDep, call: Annotated[Call, Depends(signed_call)]
) -> Response:
    """Takes what Postmark, Mailgun, SendGrid, Amazon SES, HubSpot, Salesforce, Zendesk, Intercom, Front,
    Slack or any system with Standard Webhooks posts, when its secret is set and the call is signed with it.

    Answers once everything in it is stored; the same call again adds nothing. What asks for nothing is
    answered with `ignored` and the reason.
    """
    providers = cast("Providers", request.app.state.providers)
    answered = receive(services, providers, provider, call)
    return Response(answered.body, answered.status, media_type=answered.media_type)
