"""What sales reads of a request: where it stands, the answer, and what changed between two answers."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pages_fixtures import field_service_draft, field_service_request
from small_services import SmallServices
from starlette.testclient import TestClient

from triage import review
from triage.domain import (
    Answer,
    DateKind,
    Decision,
    DecisionKind,
    Draft,
    NoReason,
    PromiseResponse,
    PromiseStance,
    QuestionState,
    Status,
    Verdict,
)
from triage.intake.accept import accept_request
from triage.letters import DecisionLetters

ID = "r-field00001"
VOICE = "voice@ours.example"


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def field(services: SmallServices) -> Draft:
    """The worked example, in review."""
    accept_request(services, field_service_request())
    services.store.begin_drafting(ID)
    return services.store.save_draft(field_service_draft())


def answer_of(draft: Draft, **changes: object) -> Draft:
    """The draft with an answer that may go out."""
    ready = {
        "verdict": Verdict.YES_BUT,
        "conditions": ("managers see all teams for now",),
        "customer_prepares": "none",
        "decider": "Vera Voice",
        "date_kind": DateKind.SOFT,
        "promises": (
            PromiseResponse(
                quote=draft.reading.promises[0].quote, stance=PromiseStance.SOFTEN, text="A first version."
            ),
        ),
        "sentence": "One approval step can go ahead.",
    }
    return draft.model_copy(
        update={"answer": Answer.model_validate(draft.answer.model_dump() | ready | changes)}
    )


def give(services: SmallServices, **changes: object) -> Decision:
    """Approve the newest draft with these changes, and write the mails as the pipeline does."""
    newest = services.store.latest_draft(ID)
    assert newest is not None
    draft = answer_of(newest, **changes)
    decision = review.approve(services.store, services.teams, draft, VOICE, services.engine.enqueue_decide)
    letters = DecisionLetters("http://127.0.0.1:8000", "triage@ours.example")
    record, said = services.store.record(ID), services.store.draft(ID, decision.version)
    services.store.enqueue_messages(letters.for_decision(record, said, decision))
    return decision


def reopen(services: SmallServices) -> None:
    """Put the request back on the desk after its answer went out."""
    with services.store._writing() as connection:
        connection.execute(sa.text("UPDATE requests SET status = :status"), {"status": Status.IN_REVIEW})


def test_before_the_answer_the_page_says_who_when_and_what_is_needed(sales: TestClient, field: Draft) -> None:
    words = text_of(sales.get(f"/requests/{ID}").text)
    for expected in (
        "A person is deciding",
        "Reviewer Vera Voice",
        "Answer due The answer is due",
        "We still need nothing from you",
        "promise no date",
    ):
        assert expected in words


def test_while_we_wait_it_says_how_many_answers_we_need(
    sales: TestClient, services: SmallServices, field: Draft
) -> None:
    asked = [question.id for question in field.questions[:2]]
    review.ask(services.store, ID, 1, asked, VOICE, services.engine.enqueue_decide)
    words = text_of(sales.get(f"/requests/{ID}").text)
    assert "We need 2 answers from you" in words
    assert "We still need 2 answers from you" in words
    assert "The clock stands still since" in words
    assert "We asked you 2 questions" in words


def test_the_list_puts_what_waits_for_me_first(
    sales: TestClient, services: SmallServices, field: Draft
) -> None:
    for number, status in enumerate((Status.IN_REVIEW, Status.ANSWERED, Status.WAITING)):
        key = f"r-{number}"
        request = field_service_request(key).model_copy(
            update={"subject": status.value, "message_id": f"<{key}@birchwood.example>"}
        )
        accept_request(services, request)
        with services.store._writing() as connection:
            change = "UPDATE requests SET status = :status, verdict = 'yes' WHERE id = :key"
            connection.execute(sa.text(change), {"status": status, "key": key})
    words = text_of(sales.get("/requests").text)
    places = [words.index(part) for part in ("Waits for you 1", "With us 2", "Answered 1")]
    assert places == sorted(places)
    assert "waiting Birchwood Facility Services · Vera Voice decides needs your answer paused" in words
    assert "in review due" in words


def test_an_approval_that_can_be_taken_back_is_no_answer_yet(
    sales: TestClient, voice: TestClient, services: SmallServices, field: Draft
) -> None:
    review.approve(
        services.store,
        services.teams,
        answer_of(field),
        VOICE,
        services.engine.enqueue_decide,
        grace=timedelta(minutes=5),
    )
    words = text_of(sales.get(f"/requests/{ID}").text)
    assert "A person is deciding" in words
    assert "One approval step can go ahead." not in words
    assert "in review" in text_of(sales.get("/requests").text)
    assert "goes out in a moment" in text_of(voice.get(f"/requests/{ID}").text)


def test_an_edit_that_nobody_approved_is_not_told(
    sales: TestClient, services: SmallServices, field: Draft
) -> None:
    services.store.save_edit(answer_of(field, sentence="Half a thought."), base_version=1, by=VOICE)
    give(services)
    page = text_of(sales.get(f"/requests/{ID}").text)
    assert "Half a thought." not in page
    assert "decided by Vera Voice" in page
    assert "Earlier answer" not in page
    assert "Answered by Vera Voice" in page


def test_a_second_answer_shows_what_it_changed(
    sales: TestClient, voice: TestClient, services: SmallServices, field: Draft
) -> None:
    give(services)
    reopen(services)
    between = text_of(sales.get(f"/requests/{ID}").text)
    assert "One approval step can go ahead." in between
    assert "it may change" in between
    give(services, sentence="It takes five weeks.", conditions=("one region first",))
    page = sales.get(f"/requests/{ID}").text
    words = text_of(page)
    assert "Earlier answer of" in words
    assert "<del>One approval step can go ahead.</del>" in page
    assert "<ins>one region first</ins>" in page
    assert "Answered again by Vera Voice" in words
    assert "size" not in words.partition("Earlier answer of")[2].partition("How it went")[0]
    assert f'href="/review/{ID}/diff"' not in page
    assert f'href="/review/{ID}/diff"' in voice.get(f"/requests/{ID}").text


def test_a_no_after_a_yes_tells_nothing_of_how_it_would_have_been_built(
    sales: TestClient, services: SmallServices, field: Draft
) -> None:
    give(services, verdict=Verdict.NO, no_reason=NoReason.ROADMAP, sentence="No: not where we are going.")
    words = text_of(sales.get(f"/requests/{ID}").text)
    assert field.answer.ships_first not in words
    assert field.answer.biggest_risk not in words
    assert f"A smaller first step {field.answer.moves[0].sentence}" in words
    reopen(services)
    give(services, verdict=Verdict.NO, no_reason=NoReason.ROADMAP, sentence="Still no.", waits="All of it")
    again = text_of(sales.get(f"/requests/{ID}").text)
    assert "Still no." in again
    assert "All of it" not in again


def test_what_is_still_open_is_said_with_the_answer(
    sales: TestClient, services: SmallServices, field: Draft
) -> None:
    taken = field.questions[1].model_copy(update={"state": QuestionState.ACCEPTED})
    services.store.save_edit(
        field.model_copy(update={"questions": (field.questions[0], taken)}), base_version=1, by=VOICE
    )
    give(services)
    words = text_of(sales.get(f"/requests/{ID}").text)
    assert taken.question in words
    assert field.questions[0].question not in words
    decisions = services.store.decisions(ID)
    assert [each.kind for each in decisions] == [DecisionKind.APPROVE]
