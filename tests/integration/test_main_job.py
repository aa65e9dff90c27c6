"""From the mail to the answer, with everything real: records, index, model, engine, worker, outbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attachments.material import mail, pdf
from tests.integration.company import (
    SALES,
    SUPPORT,
    VOICE,
    Company,
    another_mail,
    open_company,
    ready,
    text_of,
)
from triage import review
from triage.domain import EvidenceKind, QuestionState, Request, Status, Verdict
from triage.errors import Conflict, RuleBroken
from triage.history import read_history
from triage.intake.accept import accept_request
from triage.intake.arrive import accept_mail
from triage.knowledge_in import index_notes
from triage.sample import load_sample, sample_dir

pytestmark = pytest.mark.model

PROMISED = (sample_dir() / "inbox" / "06-forwarded-calendar-promise.eml").read_bytes()
PROMISED = PROMISED.replace(b"<CAKq-7brackwater@", b"<CAKq-8brackwater@")  # not the mail of the sample itself


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """One company for all tests that need nothing special, with the sample's notes and history."""
    with open_company(tmp_path_factory.mktemp("company")) as company:
        knowledge = company.services.knowledge
        index_notes(knowledge, sample_dir() / "notes")
        knowledge.put_past(read_history(sample_dir() / "history.jsonl"))
        company.until(lambda: not knowledge.pending_index_changes())
        yield company


def test_a_forwarded_mail_becomes_an_answer_a_checklist_and_a_memory(shared: Company) -> None:
    services, request_id = shared.services, shared.hand_in(PROMISED)
    record, draft = shared.record(request_id), shared.draft(request_id)
    assert (record.reviewer, record.request.submitter) == (VOICE, SALES)
    assert record.request.customer
    assert draft.author == "ai"
    assert draft.questions
    assert any("yes, we can support that" in promise.quote for promise in draft.reading.promises)
    assert draft.evidence.similar
    assert draft.evidence.notes
    assert draft.degraded == ()
    assert {run.step for run in draft.runs} == {"read", "retrieve", "find_gaps", "size", "propose"}

    with pytest.raises(RuleBroken) as refused:  # P12: what was promised must be answered
        shared.approve(ready(draft, promises=()))
    assert any(field.startswith("promises.") for field in refused.value.missing)
    assert shared.mails(request_id) == {}

    shared.approve(ready(draft))
    shared.until(lambda: len(shared.mails(request_id)) == 2)
    record = shared.record(request_id)
    assert (record.status, record.verdict) == (Status.ANSWERED, Verdict.YES_BUT)
    mails = shared.mails(request_id)
    answer, checklist = mails["answer.2"], mails["checklist.2"]
    assert (answer["To"], answer["From"]) == (SALES, "requests@fieldhand.example")
    assert answer["In-Reply-To"] == record.request.message_id
    text = text_of(answer)
    assert "One approval step can go ahead if managers see all teams for now." in text
    assert "A first version only." in text
    assert f"/requests/{request_id}" in text
    assert checklist["To"] == SUPPORT
    assert "[ ] Map the managers to the approver role" in text_of(checklist)

    shared.until(lambda: services.knowledge.past_requests([request_id]))
    shared.until(lambda: not services.knowledge.pending_index_changes())
    assert shared.events(request_id)[:3] == ["accepted", "drafting", "drafted"]
    assert {"approved", "remembered"} <= set(shared.events(request_id))


def test_the_next_similar_request_finds_the_decided_one(shared: Company) -> None:
    first = shared.hand_in(another_mail("first"))
    shared.approve(ready(shared.draft(first)))
    shared.until(lambda: shared.services.knowledge.past_requests([first]))
    shared.until(lambda: not shared.services.knowledge.pending_index_changes())
    second = shared.hand_in(another_mail("second"))
    assert first in [similar.past.id for similar in shared.draft(second).evidence.similar]


def test_every_citation_of_a_draft_was_retrieved(shared: Company) -> None:
    draft = shared.draft(shared.hand_in(another_mail("cited")))
    cited = {c.id for q in (*draft.questions, *draft.folded) for c in q.evidence}
    assert cited <= draft.evidence.ids()
    assert {s.past.id for s in draft.evidence.similar} <= draft.evidence.ids()
    assert all(citation.kind is EvidenceKind.PAST for citation in draft.size.comparables)


def test_questions_go_to_the_submitter_and_come_back(shared: Company) -> None:
    services, request_id = shared.services, shared.hand_in(another_mail("asked"))
    draft = shared.draft(request_id)
    chosen = [draft.questions[0].id, draft.questions[1].id]
    due = shared.record(request_id).due
    review.ask(services.store, request_id, draft.version, chosen, VOICE, services.engine.enqueue_decide)
    assert shared.record(request_id).status is Status.WAITING
    shared.until(lambda: shared.settled(request_id))
    (questions,) = shared.mails(request_id).values()
    assert questions["To"] == SALES
    assert f"1. {draft.questions[0].question}" in text_of(questions)
    assert f"2. {draft.questions[1].question}" in text_of(questions)

    answers = [(chosen[0], "Only their own branch."), (chosen[1], "")]
    review.answer_questions(services.store, services.teams, request_id, answers, SALES)
    record, answered = shared.record(request_id), shared.draft(request_id)
    assert record.status is Status.IN_REVIEW
    assert record.due is not None
    assert due is not None
    assert record.due >= due
    assert (answered.questions[0].state, answered.questions[0].answer) == (
        QuestionState.ANSWERED,
        "Only their own branch.",
    )
    assert services.knowledge.past_requests([request_id]) == {}

    shared.approve(ready(answered))
    shared.until(lambda: len(shared.mails(request_id)) == 3)
    assert answered.questions[1].question in text_of(
        shared.mails(request_id)[f"answer.{answered.version + 1}"]
    )


def test_sent_back_it_is_drafted_again_and_the_old_version_is_stale(shared: Company) -> None:
    services, request_id = shared.services, shared.hand_in(another_mail("back"))
    first = shared.draft(request_id)
    guidance, enqueue = "Size it for one branch only.", services.engine.enqueue_decide
    review.send_back(services.store, request_id, first.version, guidance, VOICE, enqueue)
    shared.until(lambda: shared.record(request_id).status is Status.IN_REVIEW)
    second = shared.draft(request_id)
    assert (second.version, second.round, second.author) == (first.version + 1, 2, "ai")
    assert services.store.draft(request_id, first.version) == first
    with pytest.raises(Conflict):
        shared.approve(ready(first))
    shared.approve(ready(second))
    shared.until(lambda: shared.settled(request_id))
    assert shared.record(request_id).status is Status.ANSWERED


def test_the_same_mail_twice_is_one_request(shared: Company) -> None:
    first = shared.hand_in(another_mail("twice"))
    assert shared.hand_in(another_mail("twice")) == first


def test_the_sample_company_loads_twice_and_also_over_an_older_reading(shared: Company) -> None:
    services, before = shared.services, sum(shared.services.store.counts().values())
    stranger = Request(id="r-older", subject="read by an older version")
    accept_request(services, stranger, idempotency_key="sample-01-simple-export.eml")

    def indexed() -> None:
        shared.until(lambda: not services.knowledge.pending_index_changes(1))

    for _ in range(2):
        load_sample(services, indexed)
        assert sum(services.store.counts().values()) == before + 10
    shared.until(lambda: not any(services.store.counts()[s] for s in (Status.RECEIVED, Status.DRAFTING)))
    assert services.store.counts()[Status.PARKED] == 0


def test_what_stands_in_an_attached_file_is_drafted_and_quoted(shared: Company) -> None:
    wish = "Branch managers need to approve job reports before the invoice goes out. "
    told = "Your sales team told us that this takes two weeks."
    raw = mail("Hello, please see attached.", ("wish.pdf", "application/pdf", pdf([wish, told])))
    arrived = accept_mail(shared.services, raw, channel="http", submitter=SALES)
    shared.until(lambda: shared.record(arrived.request_id).status is Status.IN_REVIEW)
    draft = shared.draft(arrived.request_id)
    assert "approval_step" in [kind.id for kind in draft.reading.sure_kinds]
    assert [promise.quote for promise in draft.reading.promises] == [told]
    request = shared.services.store.request(arrived.request_id)
    assert "wish.pdf" in {request.file_of(question.quote) for question in draft.questions}
