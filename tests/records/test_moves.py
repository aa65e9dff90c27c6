"""Parking, trying again, assigning, closing, and the trail."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.records.material import Jobs, in_review, new_request, queued
from triage.domain import Status
from triage.errors import BadInput, Conflict, NotFound
from triage.records.store import Store


def test_drafting_begins_once(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(), jobs)
    store.begin_drafting("r-0001")
    store.begin_drafting("r-0001")
    assert store.record("r-0001").status is Status.DRAFTING
    assert [event.kind for event in store.events("r-0001")] == ["accepted", "drafting"]


def test_a_parked_request_can_be_tried_again(store: Store, jobs: Jobs, database: sa.Engine) -> None:
    store.accept(new_request(), jobs)
    store.begin_drafting("r-0001")
    store.park("r-0001", "no connection")
    assert (store.record("r-0001").status, store.record("r-0001").trouble) == (Status.PARKED, "no connection")
    store.retry("r-0001", jobs, by="tara@example.com")
    assert (store.record("r-0001").status, store.record("r-0001").trouble) == (Status.RECEIVED, "")
    assert queued(database) == ["r-0001", "r-0001"]
    with pytest.raises(Conflict, match=r"could not be tried again: it is received.*tara@example\.com asked"):
        store.retry("r-0001", jobs)


def test_a_retry_that_cannot_be_queued_stays_parked(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(), jobs)
    store.park("r-0001", "no connection")
    jobs.broken = True
    with pytest.raises(RuntimeError):
        store.retry("r-0001", jobs)
    assert store.record("r-0001").status is Status.PARKED


def test_trouble_after_drafting_leaves_the_request_where_it_is(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    store.park("r-0001", "the mail could not be written")
    assert store.record("r-0001").status is Status.IN_REVIEW
    assert store.events("r-0001")[-1].kind == "trouble"


def test_exactly_one_reviewer_is_named(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    store.assign("r-0001", "ute@example.com", "tara@example.com")
    assert store.record("r-0001").reviewer == "ute@example.com"
    with pytest.raises(NotFound):
        store.assign("r-none", "ute@example.com", "tara@example.com")


def test_closing_needs_an_outcome_and_happens_once(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    with pytest.raises(BadInput, match="one line"):
        store.close("r-0001", "  ", "tara@example.com")
    store.close("r-0001", "sent twice by mistake", "tara@example.com")
    assert store.record("r-0001").status is Status.CLOSED
    with pytest.raises(Conflict, match=r"it is closed.*tara@example\.com closed it: sent twice"):
        store.close("r-0001", "again", "ute@example.com")
    with pytest.raises(Conflict, match="needs no reviewer"):
        store.assign("r-0001", "ute@example.com", "tara@example.com")


def test_the_trail_only_grows(store: Store, jobs: Jobs) -> None:
    assert store.last_event_id() == 0
    in_review(store, jobs)
    last = store.last_event_id()
    first = store.add_event("r-0001", "sent", detail="to the outbox folder")
    second = store.add_event("", "started")
    assert last < first.id < second.id == store.last_event_id()
    assert store.events_after(last) == [first, second]
    assert store.events_after(last, limit=1) == [first]
    assert store.events_after(second.id) == []


def test_something_is_noted_once_per_request(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    assert store.note_once("r-0001", "overdue", "The target time has passed.")
    assert not store.note_once("r-0001", "overdue", "The target time has passed.")
    assert [event.kind for event in store.events("r-0001")].count("overdue") == 1
