"""Approved answers as notes in HubSpot, played by a server with its documented answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.outbox.receiver import Received, Receiver, breaks_off, says
from triage.domain import Source
from triage.errors import NotDelivered
from triage.outbox import hubspot
from triage.outbox.approved import Approved
from triage.outbox.hubspot import HubSpotSender, answer_hubspot


class HubSpot:
    """Notes on one deal, two to a page of associations."""

    def __init__(self, *bodies: str) -> None:
        self.notes = {str(100 + number): body for number, body in enumerate(bodies)}

    def __call__(self, handler: BaseHTTPRequestHandler, call: Received) -> None:
        routes: dict[str, Callable[[Any], tuple[int, Any]]] = {
            "/crm/associations/2026-03/deals/notes/batch/read": self.associated,
            "/crm/objects/2026-03/notes/batch/read": self.read,
            "/crm/objects/2026-03/notes": self.create,
        }
        status, body = routes[call.path](call.json)
        says(status, json.dumps(body))(handler)

    def associated(self, asked: Any) -> tuple[int, Any]:
        (wanted,) = asked["inputs"]
        assert wanted["id"] == "8812"
        if not self.notes:
            return 207, {"results": [], "numErrors": 1, "errors": [{"category": "OBJECT_NOT_FOUND"}]}
        start, ids = int(wanted.get("after", 0)), list(self.notes)
        page: dict[str, Any] = {
            "from": {"id": "8812"},
            "to": [{"toObjectId": one} for one in ids[start : start + 2]],
        }
        if start + 2 < len(ids):
            page["paging"] = {"next": {"after": str(start + 2)}}
        return 200, {"results": [page]}

    def read(self, asked: Any) -> tuple[int, Any]:
        assert asked["properties"] == ["hs_note_body"]
        ids = [each["id"] for each in asked["inputs"]]
        return 200, {"results": [{"id": i, "properties": {"hs_note_body": self.notes[i]}} for i in ids]}

    def create(self, asked: Any) -> tuple[int, Any]:
        number = str(100 + len(self.notes))
        self.notes[number] = asked["properties"]["hs_note_body"]
        return 201, {"id": number}


def sender(receiver: Receiver) -> HubSpotSender:
    return HubSpotSender("pat-token", api=receiver.url, private=True, timeout=2)


def test_the_answer_becomes_a_note_on_its_deal(receiver: Receiver, approved: Approved) -> None:
    receiver.always = played = HubSpot()
    message = answer_hubspot(approved)
    assert message is not None
    assert (message.id, message.to) == ("r-0001.answer.2.hubspot", "deal 8812")
    assert sender(receiver).send(message) == "HubSpot note 100"
    made = receiver.calls[-1]
    assert made.headers["authorization"] == "Bearer pat-token"
    assert made.json["properties"]["hs_timestamp"] == "2026-03-02T09:30:00Z"
    assert made.json["associations"] == [
        {
            "to": {"id": "8812"},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 214}],
        }
    ]
    assert "Yes &lt;!channel&gt; &amp; three weeks" in played.notes["100"]
    assert "<li>one branch only</li>" in played.notes["100"]
    assert "nightly run" not in played.notes["100"]


def test_a_lost_reply_makes_no_second_note(receiver: Receiver, approved: Approved) -> None:
    played = HubSpot("A call.", "Another.", "A third.")
    message = answer_hubspot(approved)
    assert message is not None

    def loses_the_reply(handler: BaseHTTPRequestHandler, call: Received) -> None:
        if call.path.endswith("/notes"):
            played.create(call.json)
            breaks_off(handler)
        else:
            played(handler, call)

    receiver.always = loses_the_reply
    with pytest.raises(NotDelivered) as caught:
        sender(receiver).send(message)
    assert (caught.value.permanent, caught.value.in_doubt) == (False, False)
    receiver.always = played
    assert sender(receiver).send(message) == "HubSpot note 103"
    assert len(played.notes) == 4


@pytest.mark.parametrize(
    ("status", "permanent"), [(401, True), (403, True), (404, True), (429, False), (500, False)]
)
def test_what_hubspot_refuses(receiver: Receiver, approved: Approved, status: int, permanent: bool) -> None:
    message = answer_hubspot(approved)
    assert message is not None
    receiver.will(says(status, '{"message": "no"}'))
    with pytest.raises(NotDelivered, match=f"answered {status}") as caught:
        sender(receiver).send(message)
    assert caught.value.permanent is permanent
    assert "pat-token" not in str(caught.value)


def test_an_answer_that_is_no_json_is_a_passing_trouble(receiver: Receiver, approved: Approved) -> None:
    message = answer_hubspot(approved)
    assert message is not None
    receiver.will(says(200, "<html>Sorry</html>"))
    with pytest.raises(NotDelivered, match="not the JSON") as caught:
        sender(receiver).send(message)
    assert not caught.value.permanent


def test_a_hubspot_that_is_too_slow_is_left_for_later(
    receiver: Receiver, approved: Approved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot, "_LONGEST_S", -1)
    receiver.always = played = HubSpot("A call.", "Another.", "A third.")
    message = answer_hubspot(approved)
    assert message is not None
    with pytest.raises(NotDelivered, match="too slow") as caught:
        sender(receiver).send(message)
    assert not caught.value.permanent
    assert len(played.notes) == 3


@pytest.mark.parametrize(
    "source",
    [
        None,
        Source(provider="zendesk", kind="ticket", id="5"),
        Source(provider="hubspot", kind="quote", id="5"),
        Source(provider="hubspot", kind="deal", id=""),
    ],
)
def test_other_requests_have_no_note(approved: Approved, source: Source | None) -> None:
    request = approved.record.request.model_copy(update={"source": source})
    record = approved.record.model_copy(update={"request": request})
    assert answer_hubspot(Approved(record, approved.draft, approved.decision, approved.base_url)) is None


def test_a_huge_answer_still_makes_a_note(approved: Approved) -> None:
    answer = approved.draft.answer.model_copy(update={"note": "<&>" * 40_000})
    draft = approved.draft.model_copy(update={"answer": answer})
    message = answer_hubspot(Approved(approved.record, draft, approved.decision, approved.base_url))
    assert message is not None
    note = json.loads(message.payload)["html"]
    assert len(note) < 65_536
    assert message.id in note
    assert "three weeks" in note
