"""`triage serve --sample` from the outside: a process, its HTTP, its signals and its data folder."""

from __future__ import annotations

import json
import signal
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.integration.company import another_mail
from tests.serving import PATIENCE_S, REVIEWER, Serving, sample_company

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Started once, with ten drafts in review."""
    with sample_company(tmp_path_factory.mktemp("serve")) as service:
        yield service


def test_ten_drafts_are_in_review_with_a_reviewer_and_a_deadline(serving: Serving) -> None:
    found = serving.get("/api/v1/requests?limit=200")
    assert len(found) == 10
    assert all(summary["reviewer"] and summary["due"] and summary["label"] for summary in found)
    assert serving.get("/readyz")["ready"]
    assert f"{serving.url}/sign-in?token=" in serving.log()
    assert "Traceback" not in serving.log()


def test_a_mail_handed_in_beside_it_is_drafted(serving: Serving) -> None:
    request_id = serving.triage(
        "submit", "-", "--url", serving.url, "--token", serving.token, stdin=another_mail("beside")
    )
    serving.until(lambda: status(serving, request_id) == "in_review")
    draft = serving.get(f"/api/v1/requests/{request_id}")["draft"]
    assert draft["evidence"]["similar"]  # the sample's history is in the index
    again = serving.triage(
        "submit", "-", "--url", serving.url, "--token", serving.token, stdin=another_mail("beside")
    )
    assert again == request_id


def test_a_plain_text_is_taken_too(serving: Serving) -> None:
    words = b"Subject: Offline\n\nPlease let our technicians close jobs offline, in cellars without network."
    request_id = serving.triage("submit", "-", "--url", serving.url, "--token", serving.token, stdin=words)
    view = serving.get(f"/api/v1/requests/{request_id}")
    assert "close jobs offline" in view["request"]["body"]
    serving.until(lambda: status(serving, request_id) == "in_review")


def test_a_wrong_token_is_refused_in_a_sentence(serving: Serving) -> None:
    with pytest.raises(AssertionError, match=r"triage: This token is not known here\. \(HTTP 401\)"):
        serving.triage("submit", "-", "--url", serving.url, "--token", "wrong", stdin=another_mail("beside"))


def test_an_empty_mail_is_refused_in_a_sentence(serving: Serving) -> None:
    with pytest.raises(AssertionError, match=r"triage: .*empty.*HTTP 4"):
        serving.triage("submit", "-", "--url", serving.url, "--token", serving.token)


def test_bad_json_is_a_problem_document(serving: Serving) -> None:
    request = urllib.request.Request(
        serving.url + "/api/v1/requests",
        data=b'{"subject": ',
        headers={"Authorization": f"Bearer {serving.token}", "Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    with refused.value as answer:
        assert (answer.code, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert "not valid JSON" in json.load(answer)["detail"]


def test_notes_and_history_may_be_taken_in_beside_it(serving: Serving) -> None:
    notes = serving.folder / "notes"
    notes.mkdir()
    (notes / "lifts.md").write_text(
        "# Lifts\n\n## Doors\nDoor sensors report once an hour.\n", encoding="utf-8"
    )
    assert "1 notes" in serving.triage("notes", "index", str(notes))
    assert pending_index_changes(serving) >= 0
    serving.until(lambda: pending_index_changes(serving) == 0)


def test_the_data_folder_is_held_by_one(serving: Serving) -> None:
    second = Serving(serving.folder)
    second.process.wait(PATIENCE_S)
    assert second.process.returncode == 2
    assert f"in use by another process (process {serving.process.pid})" in second.log()


def test_neither_a_stop_nor_a_kill_loses_anything(serving: Serving) -> None:
    serving.until(lambda: set(serving.by_status()) == {"in_review"})
    before = versions(serving)
    with urllib.request.urlopen(event_stream(serving), timeout=30) as stream:  # an open page must not hold it
        stream.readline()
        assert serving.stop() == 0, serving.log()
    assert "Traceback" not in serving.log()

    second = Serving(serving.folder, "--sample")
    try:
        second.until(second.answers)
        assert versions(second) == before
        assert "Sign in as Ines Kallas" in second.log()
        submit = ("submit", "-", "--url", second.url, "--token", second.token)
        late = second.triage(*submit, stdin=another_mail("late"))
    finally:
        second.stop(signal.SIGKILL)  # while that draft is begun, or not yet, or just done

    third = Serving(serving.folder)
    try:
        third.until(third.answers)
        third.until(lambda: status(third, late) == "in_review")
        assert versions(third) == before | {late: 1}
        assert "Make a sign-in link with `triage user" in third.log()
        assert third.triage("user", "link", REVIEWER).startswith(f"{third.url}/sign-in?token=")
        assert third.stop(signal.SIGINT) == 0, third.log()
    finally:
        third.stop(signal.SIGKILL)


def versions(serving: Serving) -> dict[str, int]:
    """The newest draft version of every request."""
    return {summary["id"]: summary["draft_version"] for summary in serving.get("/api/v1/requests?limit=200")}


def status(serving: Serving, request_id: str) -> str:
    return str(serving.get(f"/api/v1/requests/{request_id}")["summary"]["status"])


def pending_index_changes(serving: Serving) -> int:
    database = sqlite3.connect(serving.folder / "data" / "triage.db")
    try:
        return int(database.execute("SELECT count(*) FROM index_changes").fetchone()[0])
    finally:
        database.close()


def event_stream(serving: Serving) -> urllib.request.Request:
    return urllib.request.Request(
        serving.url + "/events", headers={"Authorization": f"Bearer {serving.token}"}
    )
