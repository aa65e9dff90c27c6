"""Who is told of a decision, and by which ways."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from tests.records.material import new_draft, new_request
from triage.clock import BusinessCalendar
from triage.domain import (
    Answer,
    Decision,
    DecisionKind,
    OutgoingMessage,
    Person,
    RequestRecord,
    Source,
    Verdict,
)
from triage.errors import SetupError
from triage.intake.plus import request_in
from triage.letters import DecisionLetters, Ways, open_letters
from triage.settings import Settings

FROM = "requests@ours.example"
BASE = "https://triage.example"


@dataclass
class Files:
    """Implements `Correspondence` in memory."""

    sent: list[OutgoingMessage] = field(default_factory=list)
    right: set[tuple[str, str]] = field(default_factory=set)

    def messages(self, request_id: str) -> list[OutgoingMessage]:
        return self.sent

    def address_verified(self, request_id: str, address: str) -> bool:
        return (request_id, address) in self.right

    def own_key(self, name: str) -> bytes:
        return name.encode() * 4


REQUEST = new_request(
    subject="Export",
    submitter="sam@ours.example",
    asker_address="Ines@Birch.example",
    message_id="<a@birch.example>",
    source=Source(provider="hubspot", kind="deal", id="8812"),
)
RECORD = RequestRecord(request=REQUEST, reviewer="tara@ours.example")
DRAFT = new_draft(
    version=2,
    author="tara@ours.example",
    answer=Answer(verdict=Verdict.YES, sentence="Yes, from May.", checklist=("Switch it on",)),
)
LETTERS = DecisionLetters(
    BASE,
    FROM,
    "support@ours.example",
    ways=Ways(webhook="hooks.example.com", slack=True, hubspot=True),
    own_domains=frozenset({"ours.example"}),
    answer_customers=True,
    reply_plus=True,
    correspondence=Files(),
)


def decision(kind: DecisionKind = DecisionKind.APPROVE, **changes: object) -> Decision:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    values = {"id": "d", "request_id": "r-0001", "kind": kind, "version": 2, "by": "tara@ours.example"}
    return Decision.model_validate({**values, "at": at, **changes})


def told(letters: DecisionLetters, record: RequestRecord = RECORD) -> list[tuple[str, str]]:
    return [(each.id, each.to) for each in letters.for_decision(record, DRAFT, decision())]


def with_request(**changes: object) -> RequestRecord:
    return RECORD.model_copy(update={"request": REQUEST.model_copy(update=changes)})


def test_one_approval_makes_one_message_for_each_way() -> None:
    assert told(LETTERS) == [
        ("r-0001.answer.2", "sam@ours.example"),
        ("r-0001.checklist.2", "support@ours.example"),
        ("r-0001.answer.2.webhook", "hooks.example.com"),
        ("r-0001.answer.2.slack", "Slack"),
        ("r-0001.answer.2.hubspot", "deal 8812"),
    ]
    assert LETTERS.for_decision(RECORD, DRAFT, decision()) == LETTERS.for_decision(RECORD, DRAFT, decision())


def test_a_way_that_is_not_set_up_is_not_used() -> None:
    assert [name for name, _ in told(replace(LETTERS, ways=Ways()))] == [
        "r-0001.answer.2",
        "r-0001.checklist.2",
    ]


def test_questions_go_to_the_colleague_alone() -> None:
    asked = decision(DecisionKind.ASK, questions=("Who may export?",))
    (mail,) = LETTERS.for_decision(RECORD, DRAFT, asked)
    assert (mail.kind, mail.to) == ("questions", "sam@ours.example")
    assert LETTERS.for_decision(RECORD, DRAFT, decision(DecisionKind.SEND_BACK, guidance="x")) == []


def test_the_customer_is_answered_where_somebody_said_the_address_is_right() -> None:
    right = replace(LETTERS, correspondence=Files(right={("r-0001", "ines@birch.example")}))
    assert told(right)[-1] == ("r-0001.customer.2", "Ines@Birch.example")
    for other in (
        LETTERS,  # nobody said so
        replace(right, answer_customers=False),  # no admin allowed it
        replace(right, correspondence=None),
    ):
        assert "r-0001.customer.2" not in [name for name, _ in told(other)]
    corrected = with_request(asker_address="else@birch.example")
    assert "r-0001.customer.2" not in [name for name, _ in told(right, corrected)]


def test_a_colleague_who_asks_for_themselves_is_not_answered_twice() -> None:
    ours = "lin@ours.example"
    letters = replace(LETTERS, correspondence=Files(right={("r-0001", ours)}))
    assert "r-0001.customer.2" not in [name for name, _ in told(letters, with_request(asker_address=ours))]


@pytest.mark.parametrize(
    ("submitter", "to"),
    [
        ("sam@ours.example", "sam@ours.example"),
        ("Sam <SAM@OURS.example>", "Sam <SAM@OURS.example>"),
        ("ines@birch.example", "sales@ours.example"),
        ("someone@elsewhere.example", "sales@ours.example"),
        ("freelance@elsewhere.example", "freelance@elsewhere.example"),
        ("", "sales@ours.example"),
    ],
)
def test_what_we_say_among_ourselves_goes_to_one_of_us(submitter: str, to: str) -> None:
    known = {"freelance@elsewhere.example": Person(address="freelance@elsewhere.example", name="Flo")}
    letters = replace(LETTERS, sales_address="sales@ours.example", person=known.get)
    assert told(letters, with_request(submitter=submitter))[0][1] == to


def test_without_a_sales_address_the_reviewer_gets_it() -> None:
    assert told(LETTERS, with_request(submitter=""))[0][1] == "tara@ours.example"


def test_where_no_domain_is_ours_only_who_may_sign_in_gets_an_answer() -> None:
    anywhere = replace(LETTERS, own_domains=frozenset())
    assert told(anywhere)[0][1] == "tara@ours.example"
    sam = Person(address="sam@ours.example")
    known = replace(anywhere, person=lambda address: sam if address == sam.address else None)
    assert told(known)[0][1] == "sam@ours.example"


def test_a_later_mail_refers_to_our_earlier_ones() -> None:
    asked = decision(DecisionKind.ASK, questions=("Who?",))
    questions = LETTERS.for_decision(RECORD, DRAFT, asked)
    others = LETTERS.for_decision(RECORD, DRAFT, decision(version=1))
    files = Files(sent=[*questions, *[mail for mail in others if mail.kind == "checklist"]])
    answer, checklist, *_ = replace(LETTERS, correspondence=files).for_decision(RECORD, DRAFT, decision())
    assert answer.references == ("<a@birch.example>", questions[0].message_id)
    assert checklist.references == ()


def test_replies_find_their_request_unless_that_is_switched_off() -> None:
    answer, checklist, *_ = LETTERS.for_decision(RECORD, DRAFT, decision())
    key = Files().own_key("reply address")
    assert request_in([answer.reply_to], FROM, key) == request_in([checklist.reply_to], FROM, key) == "r-0001"
    plain = replace(LETTERS, reply_plus=False).for_decision(RECORD, DRAFT, decision())
    assert {mail.reply_to for mail in plain} == {""}


def test_receipts_can_be_switched_off() -> None:
    calendar = BusinessCalendar("Europe/Berlin")
    receipt = LETTERS.receipt(RECORD, calendar)
    assert receipt is not None
    assert receipt.to == "sam@ours.example"
    assert LETTERS.receipt(RECORD, calendar, "an out-of-office reply") is None
    assert replace(LETTERS, receipts=False).receipt(RECORD, calendar) is None


def test_the_settings_say_which_ways_there_are() -> None:
    settings = Settings(
        _env_file=None,
        webhook_out_url="https://hooks.example.com/x?key=SECRET",
        slack_out_url="https://hooks.slack.com/services/x",
        team_domains="ours.example",
        answer_customers=True,
    )
    letters = open_letters(settings, Files(), lambda _: None)
    assert letters.ways == Ways(webhook="hooks.example.com", slack=True)
    assert (letters.answer_customers, letters.receipts, letters.reply_plus) == (True, True, True)
    with pytest.raises(SetupError, match="TRIAGE_WEBHOOK_OUT_URL"):
        open_letters(Settings(_env_file=None, webhook_out_url="nonsense"), Files(), lambda _: None)
