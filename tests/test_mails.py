"""The mails that follow from a decision (P18)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

import pytest

from tests.records.material import new_draft, new_request
from triage.clock import BusinessCalendar
from triage.domain import (
    Answer,
    Channel,
    DateKind,
    Decision,
    DecisionKind,
    NarrowingMove,
    OutgoingMessage,
    PromiseResponse,
    PromiseStance,
    Question,
    QuestionState,
    RequestRecord,
    Verdict,
)
from triage.intake.plus import request_in
from triage.mails import (
    Thread,
    answer_mail,
    checklist_mail,
    customer_mail,
    questions_mail,
    receipt_mail,
    reply_subject,
)

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
ASKED = Decision(
    id="d-1",
    request_id="r-0001",
    kind=DecisionKind.ASK,
    version=4,
    by="tara@example.com",
    questions=("May support repair an approval?", "A question without details?"),
    at=datetime(2026, 3, 2, tzinfo=UTC),
)
OURS = RequestRecord(
    request=new_request(subject="Export", message_id="<a@birch.example>", submitter="sam@our.example"),
    due=datetime(2026, 3, 9, 12, 20, tzinfo=UTC),
)


def test_the_answer_says_everything_that_was_approved() -> None:
    mail = answer_mail(RECORD, DRAFT, "https://triage.example", FROM)
    assert (mail.id, mail.kind, mail.to) == ("r-0001.answer.4", "answer", "sam@example.com")
    assert mail.message_id == "<r-0001.answer.4@our.example>"
    assert mail.in_reply_to == "<a@birch.example>"
    assert mail.subject == "Re: Approve Bcc: x@example.com"
    assert mail.text.startswith(f"{ANSWER.sentence}\n\n")
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
    assert "Dropped?" not in mail.text + mail.html
    assert "\n\n\n" not in mail.text


def test_both_forms_say_the_same() -> None:
    for mail in every_mail():
        plain = re.sub(r"^ *(?:- |\[ \] |\d+\. )", "", mail.text, flags=re.MULTILINE)
        html = re.sub(r"<head>.*</head>", "", mail.html, flags=re.DOTALL)
        html = re.sub(
            r"</(?:p|li|ul|ol)>|<br>", " ", re.sub(r'<a href="([^"]+)">([^<]+)</a>', r"\2: \1", html)
        )
        shown = unescape(re.sub(r"<[^>]+>", "", html)).replace("☐ ", "").replace(" : ", ": ")
        assert shown.split() == plain.split()


def every_mail() -> list[OutgoingMessage]:
    base, to = "https://triage.example", "support@our.example"
    return [
        answer_mail(RECORD, DRAFT, base, FROM),
        customer_mail(RECORD, DRAFT, FROM),
        checklist_mail(RECORD, DRAFT, base, FROM, to),
        questions_mail(RECORD, DRAFT, ASKED, base, FROM),
        receipt(),
    ]


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_the_html_fetches_nothing_and_runs_nothing() -> None:
    nasty = "<img src=http://evil.example/x onerror=alert(1)>\u2028<style>*{display:none}</style>&amp;"
    answer = ANSWER.model_copy(update={"sentence": nasty, "note": nasty, "conditions": (nasty,)})
    request = new_request(subject=nasty, customer=nasty)
    record, draft = RequestRecord(request=request), new_draft(version=1, answer=answer, questions=())
    for mail in (
        answer_mail(record, draft, "https://triage.example", FROM),
        customer_mail(record, draft, FROM),
        checklist_mail(record, draft, "https://triage.example", FROM, "support@our.example"),
    ):
        tags = Tags()
        tags.feed(mail.html)
        allowed = {"html", "head", "meta", "title", "body", "div", "p", "strong", "ul", "ol", "li", "a", "br"}
        assert {tag for tag, _ in tags.seen} <= allowed
        for tag, attributes in tags.seen:
            assert set(attributes) <= {
                "style",
                "href",
                "role",
                "aria-label",
                "lang",
                "charset",
                "name",
                "content",
            }
            assert (attributes.get("href") or "https://triage.example/").startswith(
                "https://triage.example/"
            ), tag
            assert "url(" not in (attributes.get("style") or "")


def test_the_mails_of_a_request_are_one_thread() -> None:
    request = RECORD.request.model_copy(update={"references": ("<first@birch.example>",)})
    record = RECORD.model_copy(update={"request": request})
    asked = questions_mail(record, DRAFT, ASKED, "https://t.example", FROM)
    thread = Thread(ours=(asked.message_id,), key=b"k" * 32)
    answer = answer_mail(record, DRAFT, "https://t.example", FROM, thread)
    assert asked.references == ("<first@birch.example>", "<a@birch.example>")
    assert answer.references == (*asked.references, "<r-0001.questions.4@our.example>")
    assert asked.in_reply_to == answer.in_reply_to == "<a@birch.example>"
    assert asked.subject == answer.subject
    assert request_in([answer.reply_to], FROM, b"k" * 32) == "r-0001"


def test_a_request_that_came_by_no_mail_has_a_thread_of_our_own() -> None:
    record = RequestRecord(request=new_request(message_id="", subject="Export"))
    first = questions_mail(record, DRAFT, ASKED, "https://t.example", FROM)
    second = answer_mail(record, DRAFT, "https://t.example", FROM, Thread(ours=(first.message_id,)))
    assert (first.in_reply_to, first.references) == ("", ())
    assert (second.in_reply_to, second.references) == (first.message_id, (first.message_id,))
    assert first.subject == second.subject == "Re: Export"


def test_a_mail_built_again_does_not_answer_itself() -> None:
    first = answer_mail(RECORD, DRAFT, "https://t.example", FROM)
    assert answer_mail(RECORD, DRAFT, "https://t.example", FROM, Thread(ours=(first.message_id,))) == first


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("Export", "Re: Export"),
        ("RE: Export", "Re: Export"),
        ("AW: Fwd: Export", "Re: Export"),
        ("Re:", "Re: your request"),
    ],
)
def test_the_subject_stays_the_one_of_the_thread(subject: str, said: str) -> None:
    assert reply_subject(subject) == said


def test_the_customer_reads_what_is_meant_for_them_and_nothing_else() -> None:
    answer = ANSWER.model_copy(update={"note": "We start in May."})
    draft = DRAFT.model_copy(update={"answer": answer})
    record = RECORD.model_copy(
        update={"request": RECORD.request.model_copy(update={"asker_address": "ines@birch.example"})}
    )
    mail = customer_mail(record, draft, FROM, Thread(ours=("<internal@our.example>",), key=b"k" * 32))
    assert (mail.id, mail.kind, mail.to) == ("r-0001.customer.4", "customer", "ines@birch.example")
    for said in (answer.sentence, "We start in May.", "one branch only", "a list of managers"):
        assert said in mail.text
    for kept in (
        "risk",
        "invoice drafts",
        "size",
        "triage.example",
        "tara",
        "Tara",
        "May support",
        "promise",
    ):
        assert kept not in mail.text
        assert kept not in re.sub(r'style="[^"]*"', "", mail.html)
    assert mail.in_reply_to == "<a@birch.example>"
    assert "<internal@our.example>" not in mail.references


def test_the_customer_sees_no_mail_that_went_between_our_people() -> None:
    request = RECORD.request.model_copy(
        update={"forwarded_by": "sam@our.example", "references": ("<inside@our.example>",)}
    )
    mail = customer_mail(RECORD.model_copy(update={"request": request}), DRAFT, FROM)
    assert (mail.in_reply_to, mail.references) == ("", ())


def receipt(record: RequestRecord | None = None, automatic: str = "") -> OutgoingMessage:
    mail = maybe_receipt(record or OURS, automatic)
    assert mail is not None
    return mail


def maybe_receipt(
    record: RequestRecord, automatic: str = "", mail_from: str = FROM
) -> OutgoingMessage | None:
    domains = frozenset({"our.example"})
    calendar = BusinessCalendar("Europe/Berlin")
    base = "https://triage.example"
    return receipt_mail(record, calendar, base, mail_from, own_domains=domains, automatic=automatic)


def test_a_colleague_hears_that_it_came_and_when_it_is_due() -> None:
    mail = receipt()
    assert (mail.id, mail.kind, mail.to) == ("r-0001.receipt.1", "receipt", "sam@our.example")
    assert "The answer is due Monday 9 March at 13:20." in mail.text
    assert "Reply to this mail to add something" in mail.text
    assert mail.in_reply_to == "<a@birch.example>"


@pytest.mark.parametrize(
    ("changes", "automatic"),
    [
        ({"submitter": "ines@birch.example"}, ""),
        ({"submitter": ""}, ""),
        ({"submitter": "requests@our.example"}, ""),
        ({"channel": Channel.FORM}, ""),
        ({"message_id": ""}, ""),
        ({}, "an out-of-office reply"),
    ],
)
def test_strangers_robots_and_we_ourselves_get_no_receipt(changes: dict[str, object], automatic: str) -> None:
    record = OURS.model_copy(update={"request": OURS.request.model_copy(update=changes)})
    assert maybe_receipt(record, automatic) is None


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
    mail = questions_mail(RECORD, DRAFT, ASKED, "https://triage.example", FROM)
    assert (mail.id, mail.to) == ("r-0001.questions.4", "sam@example.com")
    assert (
        "1. May support repair an approval?\n"
        "   Why it matters: Somebody will approve too early.\n"
        "   Who may know: the customer's lead\n\n"
        "2. A question without details?"
    ) in mail.text
