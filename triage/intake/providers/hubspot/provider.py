"""HubSpot. Two shapes: a workflow's “Send a webhook” with the record's properties, and an app's subscription,
whose events name the record by number only.

Signature v3 over method, address, body and time, with the percent-signs of twelve characters decoded in
the address: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
A workflow's request signature is still documented as v2, which signs no time
(https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests). It is accepted
for that shape alone and when no v3 came; a replay of it adds nothing, because the same words of the same
record are known by their key. v1 is refused. Event numbers are not unique according to the documentation,
so the key of a subscription's event is made of the record and its words, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from triage.domain import Channel, FromRole, Source
from triage.errors import BadInput, BadSignature
from triage.intake.providers.base import Answered, Call, Found, NewFields, Nothing
from triage.intake.providers.fields import read_fields
from triage.intake.providers.hubspot.records import Record, Records
from triage.intake.providers.mapping import FieldMap, load_field_map
from triage.intake.providers.payload import Json, object_at, read_json, text_at
from triage.intake.providers.signing import (
    check_fresh,
    from_base64,
    hmac_sha256,
    one_matches,
    require,
    signed_header,
    unix_time,
)
from triage.records.text import digest
from triage.settings import Settings

_V3 = "x-hubspot-signature-v3"
_DECODED = {
    f"%{ord(character):02X}": character for character in ":/?@!$'()*,;"
}  # the table of the documentation; nothing else is decoded
_MOST_EVENTS = 100  # HubSpot's own limit for one call
_PLURAL = {"deal": "deals", "ticket": "tickets"}
_KINDS = {
    "0-1": "contact",
    "0-2": "company",
    "0-3": "deal",
    "0-5": "ticket",
    "deal": "deal",
    "ticket": "ticket",
    "contact": "contact",
    "company": "company",
}
_TYPE_IDS = {"contact": "0-1", "company": "0-2", "deal": "0-3", "ticket": "0-5"}
_CHANGES = ("creation", "propertyChange", "restore")


class HubSpot:
    """Calls of HubSpot."""

    name = "hubspot"

    def __init__(self, field_map: FieldMap, records: Records, *, has_token: bool) -> None:
        self._map = field_map
        self._records = records
        self._has_token = has_token

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """v3, or v2 for a workflow; see the module."""
        if _V3 not in call.headers and call.headers.get("x-hubspot-signature-version") == "v2":
            return self._verify_v2(call, secrets)
        given = from_base64(signed_header(call.headers, _V3, "HubSpot"))
        stamp = signed_header(call.headers, "x-hubspot-request-timestamp", "HubSpot")
        right = (
            hmac_sha256(secret.encode(), call.method.encode(), address, call.body, stamp.encode())
            for secret in secrets
            for address in _addresses(call.url)
        )
        require(one_matches([given], right), "HubSpot", "TRIAGE_HUBSPOT_SECRET")
        check_fresh(unix_time(stamp[:-3], "HubSpot"), call.at)
        return None

    def read(self, call: Call) -> Sequence[Found]:
        """A record with its properties, or events that name records."""
        value = read_json(call.body, "HubSpot")
        if isinstance(value, dict):
            return [self._from_workflow(value)]
        if isinstance(value, list) and all(isinstance(event, dict) for event in value):
            return self._from_events(value[:_MOST_EVENTS])
        raise BadInput(
            "This call of HubSpot holds neither a record nor a list of events.",
            "Use “Send a webhook” in a workflow, or a subscription of an app.",
        )

    def answer(self, request_id: str, url: str) -> Answered:
        """Our usual receipt, with the status that no system of webhooks takes for a fault."""
        return Answered(status=200)

    @staticmethod
    def _verify_v2(call: Call, secrets: Sequence[str]) -> None:
        if not call.body.lstrip().startswith(b"{"):
            raise BadSignature(
                "This call of HubSpot is signed in the older way (v2), which only workflows may.",
                "Events of an app carry X-HubSpot-Signature-v3; check that nothing on the way drops it.",
            )
        given = signed_header(call.headers, "x-hubspot-signature", "HubSpot").encode("utf-8", "replace")
        right = (
            hashlib.sha256(secret.encode() + call.method.encode() + address + call.body).hexdigest().encode()
            for secret in secrets
            for address in _addresses(call.url)
        )
        require(one_matches([given], right), "HubSpot", "TRIAGE_HUBSPOT_SECRET")

    # --- a workflow ---

    def _from_workflow(self, value: Json) -> Found:
        properties = _flat(object_at(value, "properties") or value)
        record_id = _id(value.get("objectId")) or _id(properties.get("hs_object_id"))
        kind = _kind(value, properties)
        payload: dict[str, Any] = {**value, "properties": properties}
        owner = str(properties.get("hubspot_owner_id") or "")
        if owner and self._has_token:
            payload["owner"] = self._records.owner(owner)
        return self._found(Record(payload), kind, record_id, _id(value.get("portalId")))

    # --- a subscription ---

    def _from_events(self, events: Sequence[Json]) -> list[Found]:
        found: list[Found] = []
        wanted: dict[str, dict[str, str]] = {}  # by kind: record id to portal
        for event in events:
            kind, reason = _wanted(event)
            if reason:
                found.append(Nothing(reason))
            else:
                portals = wanted.setdefault(kind, {})
                portals.setdefault(_id(event.get("objectId")), _id(event.get("portalId")))
        for kind, portals in wanted.items():
            records = self._records.read(_PLURAL[kind], list(portals))
            for record_id, portal in portals.items():
                if record_id in records:
                    found.append(self._found_or_nothing(records[record_id], kind, record_id, portal))
                else:
                    found.append(Nothing(f"HubSpot has no {kind} {record_id} any more."))
        return found or [Nothing("The list of events is empty.")]

    def _found_or_nothing(self, record: Record, kind: str, record_id: str, portal: str) -> Found:
        """One empty deal among a hundred events must not hold up the others."""
        try:
            return self._found(record, kind, record_id, portal)
        except BadInput as error:
            return Nothing(f"{kind} {record_id}: {error.message}")

    def _found(self, record: Record, kind: str, record_id: str, portal: str) -> NewFields:
        mapped = self._map.read(record.payload)
        values = dict(mapped.values)
        defects = list(record.defects)
        if str(values.get("submitter", "")).isdecimal():
            owner = values.pop("submitter")
            why = "HubSpot did not say who that is" if self._has_token else "TRIAGE_HUBSPOT_TOKEN is not set"
            defects.append(f"The owner is number {owner} in HubSpot and has no mail address here: {why}.")
        read = read_fields(values, mapped.places, channel=Channel.CRM, from_role=FromRole.SALES)
        record_id = mapped.source_id or record_id
        source = Source(
            provider=self.name,
            kind=mapped.source_kind or kind,
            id=record_id,
            url=mapped.source_url or _url(kind, record_id, portal),
        )
        words = digest(f"{read.fields.subject}\n{read.fields.body}")
        return NewFields(
            fields=read.fields,
            key=f"{source.kind}:{source.id}:{words}",
            source=source if record_id else None,
            defects=(*read.defects, *defects),
        )


def open_provider(settings: Settings) -> HubSpot:
    """HubSpot with the field map and the token of the settings."""
    field_map = load_field_map("hubspot", settings.field_map)
    paths = (path.split(".") for several in field_map.paths.values() for path in several)
    properties = [steps[1] for steps in paths if len(steps) > 1 and steps[0] == "properties"]
    has_token = bool(settings.hubspot_token.get_secret_value())
    return HubSpot(field_map, Records(settings, properties), has_token=has_token)


def _addresses(url: str) -> set[bytes]:
    """The address as it came, and with the documented characters decoded."""
    decoded = url
    for code, character in _DECODED.items():
        decoded = decoded.replace(code, character).replace(code.lower(), character)
    return {url.encode("utf-8", "replace"), decoded.encode("utf-8", "replace")}


def _flat(properties: Json) -> dict[str, Any]:
    """Each property as its value; some payloads wrap it with its history."""
    return {
        name: value.get("value") if isinstance(value, dict) and "value" in value else value
        for name, value in properties.items()
    }


def _kind(value: Json, properties: Json) -> str:
    for name in ("objectTypeId", "objectType"):
        kind = _KINDS.get(text_at(value, name).lower())
        if kind:
            return kind
    return "ticket" if "hs_pipeline_stage" in properties and "dealname" not in properties else "deal"


def _wanted(event: Json) -> tuple[str, str]:
    """The kind of record that an event asks to look at, or why it does not."""
    subject, _, change = text_at(event, "subscriptionType").partition(".")
    kind = _KINDS.get((text_at(event, "objectTypeId") if subject == "object" else subject).lower(), "")
    if kind not in _PLURAL or change not in _CHANGES:
        return "", f"Events of the kind {text_at(event, 'subscriptionType')[:60] or 'unknown'} are not used."
    if not _id(event.get("objectId")):
        raise BadInput(
            "An event of HubSpot names no record: objectId is missing.",
            "Check what posts to this address; HubSpot sends it with every event.",
        )
    source_id = str(event.get("sourceId", ""))
    if event.get("changeSource") == "INTEGRATION" and source_id and source_id == str(event.get("appId", "")):
        return "", "The change is our own app's."
    return kind, ""


def _id(value: object) -> str:
    """A record number, whether sent as a number or as a text."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdecimal() and len(text) <= 20 else ""


def _url(kind: str, record_id: str, portal: str) -> str:
    if not (portal and record_id and kind in _TYPE_IDS):
        return ""
    return f"https://app.hubspot.com/contacts/{portal}/record/{_TYPE_IDS[kind]}/{record_id}"
