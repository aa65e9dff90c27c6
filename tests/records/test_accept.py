"""Taking requests in."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.records.material import MONDAY, Jobs, new_request, queued
from triage.domain import Accepted, Status
from triage.errors import Conflict, NotFound
from triage.records.store import Store


def test_row_trail_and_job_are_committed_together(store: Store, jobs: Jobs, database: sa.Engine) -> None:
    due = MONDAY + timedelta(days=1)
    receipt = store.accept(new_request(), jobs, reviewer="tara@example.com", due=due)
    assert receipt == Accepted(id="r-0001")
    record = store.record("r-0001")
    assert (record.status, record.reviewer, record.due) == (Status.RECEIVED, "tara@example.com", due)
    assert record.request == new_request()
    assert [(event.kind, event.by) for event in store.events("r-0001")] == [("accepted", "sam@example.com")]
    assert queued(database) == ["r-0001"]


def test_nothing_is_kept_when_the_job_cannot_be_queued(store: Store, jobs: Jobs, database: sa.Engine) -> None:
    jobs.broken = True
    with pytest.raises(RuntimeError, match="queue is down"):
        store.accept(new_request(message_id="<a@b.example>"), jobs, idempotency_key="k")
    assert store.records() == []
    assert store.events("r-0001") == []
    assert queued(database) == []
    jobs.broken = False
    again = store.accept(new_request(message_id="<a@b.example>"), jobs, idempotency_key="k")
    assert again == Accepted(id="r-0001")


def test_a_repeat_with_the_same_key_gets_the_first_receipt(
    store: Store, jobs: Jobs, database: sa.Engine
) -> None:
    store.accept(new_request(), jobs, idempotency_key="k")
    later = new_request("r-0002", received=MONDAY + timedelta(hours=1))
    assert store.accept(later, jobs, idempotency_key="k") == Accepted(id="r-0001", duplicate=True)
    assert queued(database) == ["r-0001"]
    assert len(store.events("r-0001")) == 1


def test_the_same_key_for_another_request_is_refused(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(), jobs, idempotency_key="k")
    with pytest.raises(Conflict, match=r"key k was already used for another request, r-0001"):
        store.accept(new_request("r-0002", body="Something else."), jobs, idempotency_key="k")
    assert len(store.records()) == 1


def test_the_same_mail_again_adds_nothing(store: Store, jobs: Jobs, database: sa.Engine) -> None:
    store.accept(new_request(message_id="<a@b.example>"), jobs)
    again = store.accept(new_request("r-0002", message_id="<a@b.example>"), jobs)
    assert again == Accepted(id="r-0001", duplicate=True)
    assert queued(database) == ["r-0001"]


def test_a_reused_message_id_is_a_new_request_with_a_defect(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(message_id="<a@b.example>"), jobs)
    other = new_request("r-0002", message_id="<a@b.example>", body="Another wish.", defects=("odd date",))
    assert store.accept(other, jobs) == Accepted(id="r-0002")
    assert store.request("r-0002").defects == (
        "odd date",
        "The Message-ID was seen before, on request r-0001, with another text.",
    )


def test_without_message_id_equal_texts_are_two_requests(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(), jobs)
    assert store.accept(new_request("r-0002"), jobs) == Accepted(id="r-0002")


def test_what_no_database_can_hold_is_cleaned(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(subject="Cafe\u0301\0 export", body="a\0b"), jobs)
    request = store.request("r-0001")
    assert (request.subject, request.body) == ("Café export", "ab")
    store.add_event("r-0001", "note", "x\ud800", "half a \udfff pair\0")
    assert store.events("r-0001")[-1].detail == "half a \ufffd pair"


def test_search_wants_the_beginning_of_every_word_and_knows_no_syntax(store: Store, jobs: Jobs) -> None:
    store.accept(new_request("r-0001", subject="ÉCLAIR export", customer="Birch"), jobs)
    store.accept(new_request("r-0002", subject="100% discount", customer="Cedar"), jobs)

    def found(words: str) -> list[str]:
        return [record.request.id for record in store.records(search=words)]

    assert found("éclair BIRCH") == ["r-0001"]
    assert found("éclair cedar") == []
    assert found("eclair") == found("ÉCL exp") == ["r-0001"]
    assert found("clair") == []
    assert found("100%") == ["r-0002"]
    assert found("r-0001") == ["r-0001"]
    assert found('"disc" OR birch') == found("birch NOT cedar") == found("title:birch*") == []
    assert found("%") == found("_") == found('"') == []
    assert len(found("  ")) == 2


def test_lists_open_ones_by_due_time_and_filters(store: Store, jobs: Jobs) -> None:
    for number, hours in ((1, 30), (2, 10), (3, 20)):
        store.accept(
            new_request(f"r-000{number}", submitter=f"s{number}@example.com"),
            jobs,
            reviewer="tara@example.com" if number != 3 else "ute@example.com",
            due=MONDAY + timedelta(hours=hours),
        )
    assert [r.request.id for r in store.records()] == ["r-0002", "r-0003", "r-0001"]
    assert [r.request.id for r in store.records(limit=1, offset=1)] == ["r-0003"]
    assert [r.request.id for r in store.records(reviewer="ute@example.com")] == ["r-0003"]
    assert [r.request.id for r in store.records(submitter="s1@example.com")] == ["r-0001"]
    store.park("r-0002", "the model was unreachable")
    assert [r.request.id for r in store.records(statuses=[Status.PARKED])] == ["r-0002"]
    counts = store.counts()
    assert (counts[Status.RECEIVED], counts[Status.PARKED], counts[Status.CLOSED]) == (2, 1, 0)


def test_an_unknown_request_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="r-none"):
        store.record("r-none")
    with pytest.raises(NotFound, match="r-none"):
        store.begin_drafting("r-none")
