"""The answer as a note on the HubSpot record that the request came from.

https://developers.hubspot.com/docs/api-reference/2026-03/crm/activities/notes/guide. The note carries the id
of its message, and before one is made the notes of the record are looked through for it: so it is made once,
also when the reply to the first try was lost.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC
from html import escape
from typing import Any

from triage.domain import OutChannel, OutgoingMessage
from triage.errors import NotDelivered
from triage.outbox.approved import Approved
from triage.outbox.call import TIMEOUT_S, Place, Reply, call, place_of

PROVIDER = "hubspot"
VERSION = "2026-03"
# A note's own type of association, by the kind of record it hangs on; HubSpot's, the same in every account.
NOTE_TO = {"contact": 202, "company": 190, "deal": 214, "ticket": 228}
_PLURAL = {"contact": "contacts", "company": "companies", "deal": "deals", "ticket": "tickets"}
_BODY = 60_000  # characters; HubSpot takes 65,536
_SENTENCE = 5_000  # characters of it in a note that would be too long
_PAGES = 20  # of the notes of one record
_AT_ONCE = 100  # notes in one look, as many as HubSpot gives
_LONGEST_S = 240.0  # looking for a note; a worker that takes longer may be taken for dead
_CAP = 8 * 1024 * 1024  # bytes of one reply
_REMEDY = (
    "Check TRIAGE_HUBSPOT_TOKEN, that it may read and write notes (crm.objects.contacts.read and .write), "
    "and that the record is still there; then send it again."
)


class HubSpotSender:
    """Adds notes to the records of one HubSpot account. Implements `ports.Sender`."""

    def __init__(self, token: str, *, api: str, private: bool = False, timeout: float = TIMEOUT_S) -> None:
        """Nothing is contacted yet. `token`: a service key or access token; `api`: where HubSpot answers."""
        self._token = token
        self._api = place_of(api, "TRIAGE_HUBSPOT_API")
        self._private = private
        self._timeout = timeout

    def send(self, message: OutgoingMessage) -> str:
        """Add the note unless it is there; returns the note's id.

        Raises:
            NotDelivered: never in doubt.
        """
        note = json.loads(message.payload)
        known = self._note_with(message.id, note["kind"], note["id"])
        if not known:
            made = self._post(f"/crm/objects/{VERSION}/notes", _creation(note))
            known = str(made.get("id", ""))
        return f"HubSpot note {known}".strip()

    def _note_with(self, mark: str, kind: str, record_id: str) -> str:
        """The id of the record's note that carries `mark`, "" when none does."""
        deadline = time.monotonic() + _LONGEST_S
        for ids in self._notes_of(kind, record_id):
            if time.monotonic() > deadline:
                raise NotDelivered(
                    f"HubSpot is too slow: the notes of {kind} {record_id} could not be looked through.",
                    "It is tried again later.",
                    permanent=False,
                )
            asked = {"properties": ["hs_note_body"], "inputs": [{"id": one} for one in ids]}
            found = self._post(f"/crm/objects/{VERSION}/notes/batch/read", asked)
            for note in found.get("results", []):
                if mark in str((note.get("properties") or {}).get("hs_note_body") or ""):
                    return str(note.get("id", ""))
        return ""

    def _notes_of(self, kind: str, record_id: str) -> Iterator[list[str]]:
        """The ids of the notes on a record, some at a time."""
        path = f"/crm/associations/{VERSION}/{_PLURAL[kind]}/notes/batch/read"
        asked = {"id": record_id}
        for _ in range(_PAGES):
            found = self._post(path, {"inputs": [asked]})
            results = found.get("results") or [{}]
            ids = [str(each["toObjectId"]) for each in results[0].get("to", [])]
            for start in range(0, len(ids), _AT_ONCE):
                yield ids[start : start + _AT_ONCE]
            after = ((results[0].get("paging") or {}).get("next") or {}).get("after")
            if not after:
                return
            asked = {"id": record_id, "after": str(after)}

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        place = Place(self._api.scheme, self._api.host, self._api.port, path)
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        raw = json.dumps(body).encode()
        reply = call(
            "POST",
            place,
            raw,
            headers,
            remedy=_REMEDY,
            knows_repeats=True,
            private=self._private,
            timeout=self._timeout,
            cap=_CAP,
        )
        return _object(reply, place)


def answer_hubspot(approved: Approved) -> OutgoingMessage | None:
    """The note of an approval; None when the request came from elsewhere, or from a kind of record that
    takes no notes."""
    source = approved.record.request.source
    kind = source.kind.lower() if source else ""
    if source is None or source.provider != PROVIDER or kind not in NOTE_TO or not source.id:
        return None
    message = approved.message(OutChannel.HUBSPOT, f"{kind} {source.id}", "")
    note = {
        "kind": kind,
        "id": source.id,
        "at": approved.decision.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "html": _note(approved, message.id),
    }
    return message.model_copy(update={"payload": json.dumps(note, ensure_ascii=False)})


def _creation(note: dict[str, Any]) -> dict[str, Any]:
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO[note["kind"]]}
    return {
        "properties": {"hs_timestamp": note["at"], "hs_note_body": note["html"]},
        "associations": [{"to": {"id": note["id"]}, "types": [kind]}],
    }


def _note(approved: Approved, mark: str) -> str:
    answer = approved.answer
    said = [f"<strong>{_html(answer.sentence)}</strong>", _html(approved.verdict), _html(answer.note)]
    if answer.conditions:
        listed = "".join(f"<li>{_html(each)}</li>" for each in answer.conditions)
        said.append(f"Conditions:<ul>{listed}</ul>")
    said.append(f'<a href="{escape(approved.url)}">The whole answer</a>')
    foot = f"Approved by {_html(approved.decision.by)} · {mark}"
    whole = "".join(f"<p>{each}</p>" for each in (*said, foot) if each)
    return whole if len(whole) <= _BODY else f"<p>{_html(answer.sentence[:_SENTENCE])}</p><p>{foot}</p>"


def _html(text: str) -> str:
    return escape(text.strip()).replace("\n", "<br>")


def _object(reply: Reply, place: Place) -> dict[str, Any]:
    try:
        found = json.loads(reply.body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotDelivered(
            f"{place.name} answered {reply.status} with something that is not the JSON it documents.",
            "It is tried again later.",
            permanent=False,
        )
    return found
