"""Salesforce: an Apex callout out of a flow or trigger, and platform events passed on by a subscriber.

Salesforce has no signature of its own for callouts, so the one here is ours; docs/providers/salesforce.md
has the Apex class that makes it:

    X-Triage-Signature: t=1763660000,v1=<hex HMAC-SHA256 of "1763660000." + body>

Apex signs with Crypto.generateMac("hmacSHA256", …)
(https://developer.salesforce.com/docs/atlas.en-us.apexref.meta/apexref/apex_classes_restful_crypto.htm).
A record is what JSON.serialize makes of an sObject; a platform event has the shape of the Streaming API:
https://developer.salesforce.com/docs/atlas.en-us.platform_events.meta/platform_events/platform_events_subscribe_cometd.htm
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triage.domain import Channel, FromRole, Source
from triage.errors import BadInput, BadSignature
from triage.intake.providers.base import Answered, Call, Found, LaterWords, NewFields, Nothing
from triage.intake.providers.conversation import is_echo, own_words
from triage.intake.providers.fields import plain_words, read_fields
from triage.intake.providers.mapping import FieldMap, load_field_map, value_at
from triage.intake.providers.payload import Json, object_at, read_json, text_at
from triage.intake.providers.signing import (
    check_fresh,
    hmac_sha256,
    one_matches,
    require,
    signed_header,
    unix_time,
)
from triage.intake.text import clean_line
from triage.records.text import digest
from triage.settings import Settings

_SIGNATURE = "x-triage-signature"
_MOST_RECORDS = 200  # what one Apex transaction hands to a flow's action
_WORDS = {"CaseComment": "CommentBody", "FeedItem": "Body", "FeedComment": "CommentBody"}
_PREFIXES = {"500": "Case", "006": "Opportunity", "001": "Account", "00Q": "Lead"}  # of a record id


class Salesforce:
    """Calls out of Salesforce."""

    name = "salesforce"

    def __init__(self, field_map: FieldMap, mail_from: str, base_url: str) -> None:
        self._map = field_map
        self._mail_from = mail_from
        self._base_url = base_url

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """t=…,v1=…, where v1 may stand several times."""
        stamp, given = _signature(signed_header(call.headers, _SIGNATURE, "Salesforce"))
        right = (
            hmac_sha256(secret.encode(), stamp.encode(), b".", call.body).hex().encode() for secret in secrets
        )
        require(one_matches(given, right), "Salesforce", "TRIAGE_SALESFORCE_SECRET")
        check_fresh(unix_time(stamp, "Salesforce"), call.at)

    def read(self, call: Call) -> Sequence[Found]:
        """One record, event or envelope, or a list of them."""
        value = read_json(call.body, "Salesforce")
        entries = value if isinstance(value, list) else [value]
        if not all(isinstance(entry, dict) for entry in entries):
            raise BadInput(
                "This call of Salesforce holds neither a record nor a platform event.",
                "Send what JSON.serialize makes of a record; docs/providers/salesforce.md has the class.",
            )
        found = [self._entry(entry) for entry in entries[:_MOST_RECORDS]]
        return found or [Nothing("The list of records is empty.")]

    def answer(self, request_id: str, url: str) -> Answered:
        """Our usual receipt."""
        return Answered()

    def _entry(self, entry: Json) -> Found:
        record, event_id = _unpacked(entry)
        kind = str(value_at(record, "attributes.type") or "")
        if kind in _WORDS:
            return self._words(record, kind, event_id)
        mapped = self._map.read(record)
        read = read_fields(mapped.values, mapped.places, channel=Channel.CRM, from_role=FromRole.SALES)
        source = Source(
            provider=self.name,
            kind=mapped.source_kind or _kind_of(mapped.source_id),
            id=mapped.source_id,
            url=mapped.source_url or _url(text_at(entry, "instance"), mapped.source_id),
        )
        words = digest(f"{read.fields.subject}\n{read.fields.body}")
        key = event_id or f"{source.kind}:{source.id}:{words}"
        return NewFields(read.fields, key, source if source.id else None, read.defects)

    def _words(self, record: Json, kind: str, event_id: str) -> Found:
        """A comment or a post on a record that a request may have come from."""
        parent, record_id = (clean_line(text_at(record, name), 40) for name in ("ParentId", "Id"))
        author = object_at(record, "CreatedBy")
        name, address = (clean_line(text_at(author, field)) for field in ("Name", "Email"))
        words = own_words(plain_words(text_at(record, _WORDS[kind])), name)
        if not parent:
            raise BadInput(f"This {kind} names no record: ParentId is missing.", "Select it in the query.")
        if not words:
            return Nothing(f"The {kind} is empty.")
        if is_echo(words, address, mail_from=self._mail_from, base_url=self._base_url):
            return Nothing("Our own words came back.")
        source = Source(provider=self.name, kind=_kind_of(parent), id=parent)
        key = event_id or f"{kind}:{record_id or digest(words)}"
        return LaterWords(source, words, key, name, address)


def open_provider(settings: Settings) -> Salesforce:
    """Salesforce with the field map of the settings."""
    return Salesforce(load_field_map("salesforce", settings.field_map), settings.mail_from, settings.base_url)


def _signature(header: str) -> tuple[str, list[bytes]]:
    """The time and the proofs of a signature header."""
    stamp, given = "", list[bytes]()
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            stamp = value
        elif name == "v1":
            given.append(value.encode("utf-8", "replace"))
    if not stamp or not given:
        raise BadSignature(
            "The header X-Triage-Signature does not have the form t=…,v1=….",
            "docs/providers/salesforce.md shows how it is made.",
        )
    return stamp, given


def _unpacked(entry: Json) -> tuple[Mapping[str, Any], str]:
    """The record in an envelope of ours or in a platform event, and the id of the event."""
    data = object_at(entry, "data") or entry
    payload, event = object_at(data, "payload"), object_at(data, "event")
    if payload:
        event_id = text_at(event, "EventUuid") or text_at(payload, "EventUuid")
        return payload, clean_line(event_id, 80)
    if object_at(entry, "record"):
        return object_at(entry, "record"), clean_line(text_at(entry, "event"), 80)
    return entry, ""


def _kind_of(record_id: str) -> str:
    return _PREFIXES.get(record_id[:3], "record")


def _url(instance: str, record_id: str) -> str:
    host = clean_line(instance, 200).rstrip("/")
    return f"{host}/{record_id}" if host.startswith("https://") and record_id.isalnum() else ""
