"""A call of another system, from its proof to its receipt.

    call ─▶ switched on? ─▶ proven? ─▶ read ─▶ each thing found through the one door (`triage.intake.arrive`)

What a call brings is taken thing by thing: one that cannot be used does not stop the others, and when the
records fail the call fails too, so that the system sends it again; what was stored is recognised then.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.domain import Frozen
from triage.errors import BadInput, BadMail, StaleCall, TooLarge, TriageError
from triage.intake.arrive import Arrival, accept_mail, refuse_mail
from triage.intake.calls import accept_fields, accept_words
from triage.intake.providers.base import (
    Answered,
    Call,
    Found,
    Handshake,
    LaterWords,
    NewFields,
    NewMail,
    Nothing,
    Provider,
    Tells,
)
from triage.intake.providers.registry import Providers, require_active

if TYPE_CHECKING:
    from triage.bootstrap import Services

log = logging.getLogger(__name__)

# These give up a call that is answered with 4xx, or repeat it with its first signature, and tell nobody.
_TELL_NOBODY = frozenset({"mailgun", "sendgrid"})


class Taken(Frozen):
    """What became of one thing that a call brought. Fields that say nothing are left out of the answer."""

    outcome: str | None = None
    id: str | None = None
    duplicate: bool | None = None
    status_url: str | None = None
    reason: str | None = None
    ignored: str | None = None


class Batch(Frozen):
    """The same for several things in one call, in their order."""

    results: tuple[Taken, ...]


@dataclass
class _Progress:
    """How far the things of one call have got."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[TriageError] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)


def receive(services: Services, providers: Providers, name: str, call: Call) -> Answered:
    """Take a call in; what it brings is committed when this returns.

    Raises:
        NotFound: no such provider, or it is switched off; says how to switch it on.
        BadSignature: not proven; nothing was kept.
        StaleCall: proven, but too old. It becomes no request; a mail that was held up on the way is kept
            among the refused ones where its sender would hear nothing.
        BadInput: nothing in the call can be used; says what is missing.
        SetupError: the secret set here cannot be one.
        Unreachable, or whatever the records raise: the system should send the call again.
    """
    secrets = require_active(name, services.settings)
    provider = providers.get(name)
    try:
        provider.verify(call, secrets)
    except StaleCall as error:
        if name in _TELL_NOBODY:
            _keep_mails(services, provider, call, error)
        raise
    found = provider.read(call)
    handshake = next((each for each in found if isinstance(each, Handshake)), None)
    if handshake:
        return Answered(handshake.body, handshake.media_type, status=200)
    return _answer(services, provider, _take_all(services, provider, call, found))


def _take_all(services: Services, provider: Provider, call: Call, found: Sequence[Found]) -> Sequence[Taken]:
    progress = _Progress()
    for each in found:
        try:
            progress.taken.append(_take(services, provider, call, each))
        except TriageError as error:
            if not error.permanent:
                progress.failed.append(error)
            else:
                progress.refused.append(error)
                progress.taken.append(Taken(outcome="refused", reason=str(error)))
        except Exception as error:  # the records: the others still get their turn, then the call fails
            progress.failed.append(error)
    if progress.failed:
        raise progress.failed[0]
    if progress.refused and len(progress.refused) == len(found):
        raise progress.refused[0]
    return progress.taken


def _take(services: Services, provider: Provider, call: Call, found: Found) -> Taken:
    match found:
        case NewMail():
            return _taken(_take_mail(services, provider, found))
        case NewFields():
            arrival = accept_fields(services, found, raw=call.body, channel=provider.name)
            if found.reply_to and isinstance(provider, Tells):
                provider.tell(found, arrival.request_id, _page(services, arrival.request_id))
            return _taken(arrival)
        case LaterWords():
            return _taken(accept_words(services, found, raw=call.body, channel=provider.name))
        case Nothing():
            return Taken(ignored=found.reason)
        case _:
            raise AssertionError(f"{provider.name} found {found!r}, which cannot be taken")


def _take_mail(services: Services, provider: Provider, found: NewMail) -> Arrival:
    try:
        return accept_mail(services, found.raw, channel=provider.name, recipients=found.recipients)
    except (BadMail, TooLarge) as error:
        refuse_mail(services, found.raw, error, channel=provider.name)
        raise


def _keep_mails(services: Services, provider: Provider, call: Call, error: StaleCall) -> None:
    try:
        found = provider.read(call)
    except BadInput:
        return
    for each in found:
        if isinstance(each, NewMail):
            refuse_mail(services, each.raw, error, channel=provider.name)


def _taken(arrival: Arrival) -> Taken:
    if arrival.outcome == "ignored":
        return Taken(ignored=arrival.reason)
    return Taken(
        outcome=arrival.outcome,
        id=arrival.request_id or None,
        duplicate=arrival.duplicate,
        status_url=f"/api/v1/requests/{arrival.request_id}" if arrival.request_id else None,
        reason=arrival.reason or None,
    )


def _answer(services: Services, provider: Provider, taken: Sequence[Taken]) -> Answered:
    request_id = next((each.id for each in taken if each.id), "")
    log.info(
        "%s brought %s", provider.name, ", ".join(each.id or each.outcome or "nothing" for each in taken)
    )
    answered = provider.answer(request_id, _page(services, request_id))
    if answered.body:
        return answered
    receipt = taken[0] if len(taken) == 1 else Batch(results=tuple(taken))
    return Answered(receipt.model_dump_json(exclude_none=True).encode(), status=answered.status)


def _page(services: Services, request_id: str) -> str:
    return f"{services.settings.base_url}/requests/{request_id}" if request_id else ""
