"""Zendesk: the webhook of a trigger, whose body we suggest, and ticket events (created, comment added).

Signature: base64 of HMAC-SHA256 over time and body, https://developer.zendesk.com/documentation/webhooks/verifying/
Events: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events
An event names people by number only, so the trigger is the better way. Of a new ticket both events come;
the comment that is the description again is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from triage.domain import Channel, FromRole, Source
from triage.errors import BadInput, BadSignature
from triage.intake.parameters import read_parameters
from triage.intake.providers.base import Answered, Call, Found, LaterWords, NewFields, Nothing
from triage.intake.providers.conversation import is_echo, own_words, unwrap
from triage.intake.providers.fields import plain_words, read_fields
from triage.intake.providers.forms import read_form
from triage.intake.providers.mapping import FieldMap, Mapped, load_field_map
from triage.intake.providers.payload import Json, object_at, read_object, text_at
from triage.intake.providers.signing import (
    check_fresh,
    from_base64,
    hmac_sha256,
    one_matches,
    require,
    signed_header,
)
from triage.intake.text import clean_line
from triage.records.text import digest
from triage.settings import Settings

_EVENT = "zen:event-type:"
_FORM = "application/x-www-form-urlencoded"
_DEEPEST = 4  # steps of a form field's name


class Zendesk:
    """Calls of Zendesk."""

    name = "zendesk"

    def __init__(self, field_map: FieldMap, settings: Settings) -> None:
        self._map = field_map
        self._own_domains = settings.own_domains
        self._mail_from, self._base_url = settings.mail_from, settings.base_url

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """base64(HMAC-SHA256(time + body))."""
        given = from_base64(signed_header(call.headers, "x-zendesk-webhook-signature", "Zendesk"))
        stamp = signed_header(call.headers, "x-zendesk-webhook-signature-timestamp", "Zendesk")
        right = (hmac_sha256(secret.encode(), stamp.encode(), call.body) for secret in secrets)
        require(one_matches([given], right), "Zendesk", "TRIAGE_ZENDESK_SECRET")
        check_fresh(_time(stamp), call.at)

    def read(self, call: Call) -> Sequence[Found]:
        """A ticket event, or what a trigger sends, as JSON or as a form."""
        is_form = read_parameters(call.headers.get("content-type", "")).value == _FORM
        payload = _from_form(call) if is_form else read_object(call.body, "Zendesk")
        kind = text_at(payload, "type")
        if kind.startswith(_EVENT):
            return [self._event(payload, kind.removeprefix(_EVENT))]
        if not object_at(payload, "ticket"):
            raise BadInput(
                "This call of Zendesk holds no ticket.",
                "Give the trigger the body that docs/providers/zendesk.md shows.",
            )
        comment = object_at(payload, "comment")
        return [self._comment(payload, comment) if comment else self._ticket(payload)]

    def answer(self, request_id: str, url: str) -> Answered:
        """Our usual receipt, with the status that no system of webhooks takes for a fault."""
        return Answered(status=200)

    def _event(self, event: Json, kind: str) -> Found:
        detail, change = object_at(event, "detail"), object_at(event, "event")
        payload = {**event, "ticket": detail}
        if kind == "ticket.created":
            asker = clean_line(str(detail.get("requester_id") or "unknown"), 40)
            return self._ticket(
                payload,
                f"Zendesk's event does not say who asks (requester {asker}); a trigger does.",
            )
        if kind == "ticket.comment_added":
            comment = object_at(change, "comment")
            if text_at(comment, "body").strip() == text_at(detail, "description").strip():
                return Nothing("The first comment is the ticket itself.")
            return self._comment(payload, comment)
        return Nothing(f"Events of the kind {clean_line(kind, 60)} are not used.")

    def _ticket(self, payload: Json, defect: str = "") -> Found:
        mapped = self._map.read(payload)
        read = read_fields(mapped.values, mapped.places, channel=Channel.CRM, from_role=FromRole.CUSTOMER)
        words = unwrap(read.fields, self._own_domains)
        source = self._source(mapped)
        return NewFields(
            fields=words.fields,
            key=f"ticket:{source.id}",
            source=source,
            defects=(*read.defects, *words.defects, *([defect] if defect else [])),
            thread=words.thread,
            forwarder_note=words.forwarder_note,
            forwarded_by=words.forwarded_by,
        )

    def _comment(self, payload: Json, comment: Json) -> Found:
        author = object_at(comment, "author")
        name, address = clean_line(text_at(author, "name")), clean_line(text_at(author, "email")).lower()
        words = own_words(plain_words(text_at(comment, "body", "value")), name)
        if not words:
            return Nothing("The comment is empty.")
        if is_echo(words, address, mail_from=self._mail_from, base_url=self._base_url):
            return Nothing("Our own words came back.")
        source = self._source(self._map.read(payload))
        number = clean_line(str(comment.get("id") or ""), 40) or digest(words)
        return LaterWords(source, words, f"comment:{source.id}:{number}", name, address)

    def _source(self, mapped: Mapped) -> Source:
        if not mapped.source_id:
            raise BadInput("This call of Zendesk names no ticket: its id is missing.", "Send ticket.id.")
        return Source(provider=self.name, kind="ticket", id=mapped.source_id, url=mapped.source_url)


def open_provider(settings: Settings) -> Zendesk:
    """Zendesk with the field map of the settings."""
    return Zendesk(load_field_map("zendesk", settings.field_map), settings)


def _time(stamp: str) -> datetime:
    """A signed time as ISO 8601. Raises BadSignature when it is none."""
    try:
        signed = datetime.fromisoformat(stamp[:40])
    except ValueError:
        raise BadSignature(
            f"The signed time of this call is not a time: {stamp[:40]!r}.", "Check what Zendesk sends."
        ) from None
    return signed if signed.tzinfo else signed.replace(tzinfo=UTC)


def _from_form(call: Call) -> Json:
    """Fields named ticket.requester.name and the like as the object they describe."""
    payload: dict[str, Any] = {}
    form = read_form(call)
    for name in dict.fromkeys(field.name for field in form.fields):
        *parents, last = name.split(".", _DEEPEST)
        inner = payload
        for parent in parents:
            below = inner.setdefault(parent, {})
            inner = below if isinstance(below, dict) else {}
        inner[last] = form.text(name)
    return payload
