"""The door for what comes as fields: a request from a CRM, a help desk or a chat, and words written later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.domain import LaterMail, Source, Status
from triage.errors import Conflict
from triage.intake.accept import accept_request
from triage.intake.arrive import Arrival
from triage.intake.providers.base import LaterWords, NewFields
from triage.intake.threads import add_mail, from_same_record, record_key
from triage.records.received import Incoming

if TYPE_CHECKING:
    from triage.bootstrap import Services


def accept_fields(services: Services, found: NewFields, *, raw: bytes, channel: str) -> Arrival:
    """Take a request of fields in; the same event again, or the same words from the same record, add nothing.

    Raises:
        BadInput: the fields are no request.
    """
    key = f"{channel}:{found.key}"
    known = services.store.request_by_key(key)
    if known:
        return Arrival("request", known, duplicate=True)
    request = found.request()
    before = from_same_record(services, found.source)
    if before and before.request.ask_text() == request.ask_text():
        return Arrival("request", before.request.id, duplicate=True)
    if before:
        defect = f"Request {before.request.id} came from the same record before."
        request = request.model_copy(update={"defects": (*request.defects, defect)})
    incoming = _call(raw, channel, key, found.source)
    try:
        accepted = accept_request(services, request, idempotency_key=key, incoming=incoming)
    except Conflict:  # the same event, taken by another thread meanwhile; what was looked up for it differs
        return Arrival("request", services.store.request_by_key(key), duplicate=True)
    return Arrival("request", accepted.id, duplicate=accepted.duplicate)


def accept_words(services: Services, found: LaterWords, *, raw: bytes, channel: str) -> Arrival:
    """Take what was written later on the record a request came from."""
    before = from_same_record(services, found.source)
    if found.first and (before is None or before.status is Status.CLOSED):
        return accept_fields(services, found.first, raw=raw, channel=channel)
    if before is None:
        return Arrival("ignored", reason="No request came from this record.")
    incoming = _call(raw, channel, f"{channel}:{found.key}", None)
    if services.store.copy_of(incoming):
        return Arrival("reply", before.request.id, duplicate=True)
    later = LaterMail(
        id=0,
        request_id=before.request.id,
        sender=found.sender,
        address=found.address,
        text=found.text,
        known=True,  # only who may write on that record can make its system send this
    )
    try:
        add_mail(services, incoming, later, before, found.text)
    except Conflict:
        return Arrival("ignored", before.request.id, reason="The request is closed.")
    return Arrival("reply", before.request.id)


def _call(raw: bytes, channel: str, key: str, source: Source | None) -> Incoming:
    threads = (record_key(source),) if source else ()
    return Incoming(raw, channel, message_id=key, media_type="application/json", threads=threads)
