"""The mails that follow from a decision (P18)."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.records.material import new_draft, new_request
from triage.domain import (
    Answer,
    DateKind,
    Decision,
    DecisionKind,
    NarrowingMove,
    PromiseResponse,
    PromiseStance,
    Question,
    QuestionState,
    RequestRecord,
    Verdict,
)
from triage.mails import answer_mail, checklist_mail, questions_mail

RECORD = RequestRecord(
    request=new_request(subject="Approve\r\nBcc: x@example.com", message_id="<a@birch.example>"),
    reviewer="tara@example.com",
)
ANSWER = Answer(
    verdict=Verdict.YES_BUT,
    conditions=("one branch only",),
    ships_first="approval by the branch manager",
    waits="several regions",
    customer_prepares="a list of managers",
    dependencies="none",
    biggest_risk="invoice drafts that already run",
    date_kind=DateKind.SOFT,
    date="three weeks",
    decider="Tara",
    moves=(NarrowingMove(id="m", name="One step", sentence="One approval step only."),),
    promises=(PromiseResponse(quote="that is easy", stance=PromiseStance.WITHDRAW),),
    sentence="Yes, but for one branch: first version in three weeks.",
    checklist=("Create the approver role", "Import  the managers"),
)
QUESTIONS = (
    Question(
        id="q1",
        question="May support repair an approval?",
        category="support",
        why="Somebody will approve too early.",
        ask="the customer's lead",
        state=QuestionState.ACCEPTED,
    ),
    Question(id="q2", question="Dropped?", category="audit", state=QuestionState.DROPPED),
)
DRAFT = new_draft(version=4, author="tara@example.com", answer=ANSWER, questions=QUESTIONS)
FROM = "Requests <requests@our.example>"


def test_the_answer_says_everything_that_was_approved() -> None:
    mail = answer_mail(RECORD, DRAFT, "https://triage.example", FROM)
    assert (mail.id, mail.kind, mail.to) == ("r-0001.answer.4", "answer", "sam@example.com")
    assert mail.message_id == "<r-0001.answer.4@our.example>"
    assert mail.in_reply_to == "<a@birch.example>"
    assert mail.subject == "Answer: Approve Bcc: x@example.com"
    for said in (
        ANSWER.sentence,
        "Verdict: Yes, with conditions",
        "Conditions:\n- one branch only",
        "When: three weeks (the customer's date is soft)",
        "Biggest risk: invoice drafts that already run",
        "- One approval step only.",
        "“that is easy”: please take this back",
        "- May support repair an approval?",
        "https://triage.example/requests/r-0001",
        "Approved by tara@example.com, version 4, rough size M.",
    ):
        assert said in mail.text
    assert "Dropped?" not in mail.text
    assert "\n\n\n" not in mail.text


def test_the_same_approval_makes_the_same_mail() -> None:
    twice = [answer_mail(RECORD, DRAFT, "https://triage.example", FROM) for _ in range(2)]
    assert twice[0] == twice[1]


def test_a_short_answer_stays_short() -> None:
    answer = Answer(verdict=Verdict.YES, sentence="Yes, it works today.")
    mail = answer_mail(RECORD, new_draft(version=1, answer=answer, questions=()), "https://t.example", FROM)
    assert "Conditions" not in mail.text
    assert "Already said" not in mail.text
    assert "Approved by tara@example.com" in mail.text


def test_support_gets_the_checklist() -> None:
    mail = checklist_mail(RECORD, DRAFT, "https://triage.example", FROM, "support@our.example")
    assert (mail.kind, mail.to, mail.in_reply_to) == ("checklist", "support@our.example", "")
    assert "[ ] Create the approver role\n[ ] Import the managers" in mail.text
    assert "The customer prepares: a list of managers" in mail.text


def test_the_questions_are_numbered_and_say_why() -> None:
    decision = Decision(
        id="d-1",
        request_id="r-0001",
        kind=DecisionKind.ASK,
        version=4,
        by="tara@example.com",
        questions=("May support repair an approval?", "A question without details?"),
        at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    mail = questions_mail(RECORD, DRAFT, decision, "https://triage.example", FROM)
    assert (mail.id, mail.to) == ("r-0001.questions.4", "sam@example.com")
    assert (
        "1. May support repair an approval?\n"
        "   Why it matters: Somebody will approve too early.\n"
        "   Who may know: the customer's lead\n\n"
        "2. A question without details?"
    ) in mail.text
