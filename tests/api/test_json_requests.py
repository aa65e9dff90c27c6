"""The JSON API: hand in, list, look, decide, and what each refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from small_services import SmallServices
from starlette.testclient import TestClient

NEW = {
    "subject": "Approval flow",
    "body": "Managers review job reports before invoices.",
    "customer": "Acorn",
}
API = "/api/v1/requests"


def test_a_request_is_accepted_and_can_be_looked_at(sales: TestClient, services: SmallServices) -> None:
    receipt = sales.post(API, json=NEW)
    assert receipt.status_code == 202
    view = sales.get(receipt.json()["status_url"]).json()
    assert view["request"]["body"] == NEW["body"]
    assert view["summary"]["submitter"] == "sales@ours.example"
    assert (view["summary"]["status"], view["request"]["channel"]) == ("received", "api")
    assert services.engine.processed == [receipt.json()["id"]]


def test_a_repeat_with_the_same_key_gets_the_same_receipt(sales: TestClient, services: SmallServices) -> None:
    first = sales.post(API, json=NEW, headers={"Idempotency-Key": "k1"}).json()
    again = sales.post(API, json=NEW, headers={"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()) == (202, {**first, "duplicate": True})
    assert services.engine.processed == [first["id"]]


def test_the_same_key_for_something_else_is_a_conflict(sales: TestClient, services: SmallServices) -> None:
    sales.post(API, json=NEW, headers={"Idempotency-Key": "k1"})
    other = sales.post(API, json={**NEW, "body": "Something else."}, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert len(services.engine.processed) == 1


def test_two_people_may_use_the_same_key(
    signed_in: Callable[[str], TestClient], services: SmallServices
) -> None:
    ids = {
        signed_in(address)
        .post(API, json={**NEW, "body": address}, headers={"Idempotency-Key": "k1"})
        .json()["id"]
        for address in ("sales@ours.example", "other@ours.example")
    }
    assert len(ids) == 2
    assert set(services.engine.processed) == ids


def test_invalid_json_is_named_with_its_place(sales: TestClient) -> None:
    response = sales.post(API, content=b'{"subject": ', headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["detail"].startswith("The body is not valid JSON: Expecting value at character 12")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"colour": "red"}, "colour"), ({"need_by": "soon"}, "need_by"), ({"deal_value": "lots"}, "deal_value")],
)
def test_a_wrong_field_is_named_in_plain_words(
    sales: TestClient, change: dict[str, object], field: str
) -> None:
    response = sales.post(API, json={**NEW, **change})
    assert response.status_code == 422
    assert [item["field"] for item in response.json()["errors"]] == [field]
    assert field in response.json()["detail"]


def test_a_body_over_two_megabytes_is_refused(sales: TestClient) -> None:
    response = sales.post(API, json={**NEW, "body": "x" * (3 * 1024 * 1024)})
    assert (response.status_code, response.json()["code"]) == (413, "too-large")


def test_nobody_hands_in_for_somebody_else_save_reviewers(sales: TestClient, voice: TestClient) -> None:
    body = {**NEW, "submitter": "other@ours.example"}
    assert sales.post(API, json=body).status_code == 403
    receipt = voice.post(API, json=body).json()
    assert voice.get(receipt["status_url"]).json()["summary"]["submitter"] == "other@ours.example"


def test_a_submitter_sees_only_their_own(
    signed_in: Callable[[str], TestClient], voice: TestClient, submit: Callable[[], str]
) -> None:
    request_id, other = submit(), signed_in("other@ours.example")
    assert other.get(f"{API}/{request_id}").status_code == 404
    assert other.get(f"{API}/r-nothing").status_code == 404
    assert other.get(API).json() == []
    assert [line["id"] for line in voice.get(API).json()] == [request_id]


def test_a_submitter_sees_no_draft_before_a_human_has_approved_it(
    sales: TestClient, voice: TestClient, drafted: str
) -> None:
    assert voice.get(f"{API}/{drafted}").json()["draft"]["version"] == 1
    view = sales.get(f"{API}/{drafted}").json()
    assert (view["draft"], view["answer"], view["summary"]["label"]) == (None, None, None)


def test_the_list_is_filtered_and_paged(sales: TestClient, submit: Callable[[], str]) -> None:
    first, second = submit(), sales.post(API, json=NEW).json()["id"]
    assert {line["id"] for line in sales.get(API, params={"status": "received"}).json()} == {first, second}
    assert sales.get(API, params={"status": "answered"}).json() == []
    assert len(sales.get(API, params={"limit": 1, "offset": 1}).json()) == 1
    assert sales.get(API, params={"limit": 0}).status_code == 422
    assert sales.get(API, params={"status": "lost"}).status_code == 422


def test_approving_sends_the_decision_on(
    voice: TestClient, sales: TestClient, services: SmallServices, drafted: str
) -> None:
    response = voice.post(f"{API}/{drafted}/decision", json={"kind": "approve", "version": 1})
    assert response.status_code == 202
    assert services.engine.decided == [response.json()["id"]]
    assert services.store.decision(response.json()["id"]).by == "voice@ours.example"
    view = sales.get(f"{API}/{drafted}").json()
    assert (view["summary"]["status"], view["summary"]["verdict"]) == ("answered", "yes")
    assert view["answer"]["sentence"] == "Yes, job reports can be exported."


def test_approving_with_an_own_answer_makes_it_the_version_in_force(
    voice: TestClient, sales: TestClient, drafted: str
) -> None:
    answer = {"verdict": "no", "no_reason": "roadmap", "sentence": "No, this is not planned."}
    decided = voice.post(
        f"{API}/{drafted}/decision", json={"kind": "approve", "version": 1, "answer": answer}
    )
    assert decided.json()["version"] == 2
    assert sales.get(f"{API}/{drafted}").json()["answer"]["sentence"] == "No, this is not planned."


def test_an_answer_that_breaks_a_rule_is_refused_with_what_is_missing(
    voice: TestClient, services: SmallServices, drafted: str
) -> None:
    answer = {"verdict": "yes_but", "sentence": "Yes, but."}
    response = voice.post(
        f"{API}/{drafted}/decision", json={"kind": "approve", "version": 1, "answer": answer}
    )
    assert (response.status_code, response.json()["code"]) == (422, "rule-broken")
    assert "conditions" in [item["field"] for item in response.json()["errors"]]
    assert services.engine.decided == []


def test_a_second_decision_about_the_same_version_is_a_conflict(
    voice: TestClient, services: SmallServices, drafted: str
) -> None:
    body = {"kind": "approve", "version": 1}
    assert voice.post(f"{API}/{drafted}/decision", json=body).status_code == 202
    assert voice.post(f"{API}/{drafted}/decision", json=body).status_code == 409
    assert len(services.engine.decided) == 1


def test_sending_back_and_asking(
    voice: TestClient, sales: TestClient, services: SmallServices, drafted: str
) -> None:
    asked = voice.post(
        f"{API}/{drafted}/decision", json={"kind": "ask", "version": 1, "question_ids": ["q-1"]}
    )
    assert (asked.status_code, asked.json()["kind"]) == (202, "ask")
    view = sales.get(f"{API}/{drafted}").json()
    assert view["summary"]["status"] == "waiting"
    assert [question["id"] for question in view["open_questions"]] == ["q-1"]
    back = voice.post(
        f"{API}/{drafted}/decision", json={"kind": "send_back", "version": 1, "guidance": "Smaller."}
    )
    assert back.status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "close", "version": 1},
        {"kind": "approve"},
        {"kind": "send_back", "version": 1, "guidance": ""},
        {"kind": "ask", "version": 1, "question_ids": []},
        [],
    ],
)
def test_a_decision_that_cannot_be_read_is_refused(
    voice: TestClient, services: SmallServices, drafted: str, body: object
) -> None:
    response = voice.post(f"{API}/{drafted}/decision", json=body)
    assert response.status_code == 422
    assert response.json()["errors"]
    assert services.engine.decided == []


def test_deciding_about_nothing_is_not_found(voice: TestClient) -> None:
    body = {"kind": "approve", "version": 1}
    assert voice.post(f"{API}/r-nothing/decision", json=body).status_code == 404
