"""The one door: threads, repeats, loops, and what a mail does to a request in each state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from tests.records.material import new_draft
from tests.small import SmallServices
from triage.domain import LaterMail, OutgoingMessage, Source, Status
from triage.errors import BadMail, Conflict
from triage.intake.arrive import (
    Arrival,
    accept_aside,
    accept_mail,
    refuse_mail,
)
from triage.intake.calls import accept_fields, accept_words
from triage.intake.form import NewRequest
from triage.intake.plus import KEY, plus_address
from triage.intake.providers.base import LaterWords, NewFields
from triage.review import approve, ask

SAM, VERA, ANA = "sam@ours.example", "vera@ours.example", "ana@kestrel.example"


@pytest.fixture
def services(open_services: Callable[..., SmallServices]) -> SmallServices:
    return open_services()


def mail(
    body: str = "Could we export all job reports as CSV, for every branch, by the end of the quarter?",
    *headers: str,
    sender: str = SAM,
    key: str = "<one@ours.example>",
    subject: str = "Export of job reports",
) -> bytes:
    lines = (f"From: {sender}", "To: triage@ours.example", f"Subject: {subject}", f"Message-ID: {key}")
    return "\n".join([*lines, *headers, "", body]).encode()


def arrive(services: SmallServices, raw: bytes, **options: Any) -> Arrival:
    return accept_mail(cast("Any", services), raw, channel="imap", **options)


def drafted(services: SmallServices) -> str:
    """A request in review, with one draft."""
    request_id = arrive(services, mail()).request_id
    services.store.begin_drafting(request_id)
    services.store.save_draft(new_draft(request_id))
    return request_id


def reply(body: str, *headers: str, sender: str = SAM, key: str = "<two@ours.example>") -> bytes:
    return mail(body, "In-Reply-To: <one@ours.example>", *headers, sender=sender, key=key)


def approved(services: SmallServices, request_id: str, grace: timedelta = timedelta()) -> str:
    draft = services.store.latest_draft(request_id)
    assert draft is not None
    return approve(
        services.store, services.teams, draft, VERA, services.engine.enqueue_decide, grace=grace
    ).id


def asked(services: SmallServices, request_id: str, *questions: str) -> None:
    record = services.store.record(request_id)
    ask(services.store, request_id, record.draft_version, questions, VERA, services.engine.enqueue_decide)


def test_a_mail_becomes_a_request_and_its_bytes_are_kept(services: SmallServices) -> None:
    arrived = arrive(services, mail())
    assert arrived.outcome == "request"
    assert not arrived.duplicate
    (kept,) = services.store.received(["request"])
    assert (kept.request_id, kept.channel, services.store.raw(kept.id)) == (
        arrived.request_id,
        "imap",
        mail(),
    )
    assert services.engine.processed == [arrived.request_id]


def test_the_same_mail_again_is_a_repeat_and_another_text_under_its_id_is_not(
    services: SmallServices,
) -> None:
    first = arrive(services, mail())
    again = arrive(services, mail())
    assert (again.request_id, again.duplicate) == (first.request_id, True)
    other = arrive(services, mail("Something else altogether."))
    assert other.request_id != first.request_id
    assert "seen before" in services.store.record(other.request_id).request.defects[-1]


@pytest.mark.parametrize(
    "headers",
    [
        ("In-Reply-To: <r-x.answer.1@ours.example>",),
        ("References: <one@ours.example> <unknown@kestrel.example>",),
        ("In-Reply-To: <lost@kestrel.example>", "References: <r-x.answer.1@ours.example>"),
    ],
)
def test_a_reply_lands_on_its_request(services: SmallServices, headers: tuple[str, ...]) -> None:
    request_id = drafted(services)
    services.outgoing.put(
        OutgoingMessage(
            id="a",
            request_id=request_id,
            kind="answer",
            to=SAM,
            subject="",
            text="",
            message_id="<r-x.answer.1@ours.example>",
        )
    )
    arrived = arrive(services, mail("One more thing: SSO.", *headers, key="<two@ours.example>"))
    assert (arrived.outcome, arrived.request_id) == ("reply", request_id)
    (later,) = services.store.later_mails(request_id)
    assert (later.address, later.text, later.known) == (SAM, "One more thing: SSO.", True)


def test_a_reply_without_thread_headers_is_found_by_its_signed_address(services: SmallServices) -> None:
    request_id = drafted(services)
    address = plus_address("triage@ours.example", request_id, services.store.own_key(KEY))
    lost = mail("And SSO.", f"Cc: {address}", key="<two@ours.example>")
    assert arrive(services, lost).request_id == request_id
    by_envelope = mail("And roles.", key="<three@ours.example>")
    assert arrive(services, by_envelope, recipients=(address,)).request_id == request_id
    forged = address.replace(".", "x.", 1) if "." not in address else address[:-14] + "aaaa@ours.example"
    assert arrive(services, mail("Hi.", f"Cc: {forged}", key="<four@ours.example>")).outcome == "request"


def test_a_mail_in_review_makes_the_version_that_was_read_stale(services: SmallServices) -> None:
    request_id = drafted(services)
    read = services.store.latest_draft(request_id)
    assert read is not None
    arrive(services, reply("They also need SSO."))
    with pytest.raises(Conflict, match="wrote again by mail"):
        approve(services.store, services.teams, read, VERA, services.engine.enqueue_decide)
    record = services.store.record(request_id)
    assert (record.status, record.draft_version, record.new_mail) == (Status.IN_REVIEW, read.version + 1, 1)
    assert "They also need SSO." in record.request.ask_text()


def test_a_mail_takes_back_an_approval_that_has_not_left(services: SmallServices) -> None:
    request_id = drafted(services)
    decision = approved(services, request_id, timedelta(minutes=1))
    arrive(services, reply("Wait, they need it on premises."))
    assert services.store.record(request_id).status is Status.IN_REVIEW
    assert not services.store.carry_out(decision)


def test_a_question_about_an_answer_opens_the_request_again_with_a_new_deadline(
    services: SmallServices,
) -> None:
    request_id = drafted(services)
    first_due = services.store.record(request_id).due
    approved(services, request_id)
    arrive(services, reply("Does this include the mobile app?"))
    record = services.store.record(request_id)
    assert (record.status, record.approved_version, record.answered) == (Status.IN_REVIEW, 1, None)
    assert record.due is not None
    assert first_due is not None
    assert record.due > first_due
    approved(services, request_id)
    assert services.store.record(request_id).status is Status.ANSWERED


def test_thanks_for_an_answer_stay_on_the_file_and_open_nothing(services: SmallServices) -> None:
    request_id = drafted(services)
    approved(services, request_id)
    arrive(services, reply("Thanks a lot, perfect!"))
    assert services.store.record(request_id).status is Status.ANSWERED
    assert [later.text for later in services.store.later_mails(request_id)] == ["Thanks a lot, perfect!"]


def test_a_reply_answers_the_open_questions_by_number_and_the_clock_runs_on(services: SmallServices) -> None:
    request_id = drafted(services)
    asked(services, request_id, "q2", "q3")
    arrive(services, reply("Hi,\n\n1. Only managers.\n2) About 400 a day,\nmore in winter.\n"))
    record = services.store.record(request_id)
    draft = services.store.latest_draft(request_id)
    assert draft is not None
    answers = {question.id: question.answer for question in draft.questions}
    assert (record.status, record.waiting_since) == (Status.IN_REVIEW, None)
    assert answers == {"q1": "", "q2": "Only managers.", "q3": "About 400 a day,\nmore in winter."}


def test_answers_below_quoted_questions(services: SmallServices) -> None:
    request_id = drafted(services)
    asked(services, request_id, "q1", "q3")
    body = "See below.\n\n> 1. Question\n> 1?\nNobody yet.\n\n> 2. Question 3?\n> Why it matters: x\nYes.\n"
    arrive(services, reply(body))
    draft = services.store.latest_draft(request_id)
    assert draft is not None
    assert [question.answer for question in draft.questions] == ["Nobody yet.", "", "Yes."]


def test_free_words_bring_it_back_to_review_without_guessing(services: SmallServices) -> None:
    request_id = drafted(services)
    asked(services, request_id, "q1", "q2")
    arrive(services, reply("I asked around, it is complicated."))
    draft = services.store.latest_draft(request_id)
    assert draft is not None
    assert not any(question.answer for question in draft.questions)
    assert services.store.record(request_id).status is Status.IN_REVIEW


def test_a_stranger_is_heard_but_moves_nothing(services: SmallServices) -> None:
    request_id = drafted(services)
    asked(services, request_id, "q1")
    arrived = arrive(services, reply("1. Everybody!", sender="mallory@elsewhere.example"))
    assert arrived.outcome == "reply"
    assert services.store.record(request_id).status is Status.WAITING
    (later,) = services.store.later_mails(request_id)
    assert not later.known


def test_a_reply_repeated_adds_nothing(services: SmallServices) -> None:
    request_id = drafted(services)
    arrive(services, reply("And SSO."))
    again = arrive(services, reply("And SSO."))
    assert (again.outcome, again.duplicate) == ("reply", True)
    assert len(services.store.later_mails(request_id)) == 1


def test_a_mail_on_a_closed_request_is_a_new_one_that_follows_it(services: SmallServices) -> None:
    request_id = drafted(services)
    services.store.close(request_id, "delivered", VERA)
    arrived = arrive(services, reply("Now they want it for suppliers too."))
    assert arrived.outcome == "request"
    assert arrived.request_id != request_id
    assert services.store.record(arrived.request_id).request.follows == request_id


def test_an_out_of_office_note_moves_nothing(services: SmallServices) -> None:
    request_id = drafted(services)
    asked(services, request_id, "q1")
    away = arrive(services, reply("I am away until Monday.", "Auto-Submitted: auto-replied"))
    assert (away.outcome, away.request_id) == ("automatic", request_id)
    assert services.store.record(request_id).status is Status.WAITING
    lost = mail("I am away.", "Auto-Submitted: auto-replied", key="<three@ours.example>")
    assert arrive(services, lost) == Arrival("automatic", reason="Auto-Submitted is auto-replied")
    (aside,) = services.store.received(["automatic"], before=None)[:1]
    assert aside.request_id == ""


def test_our_own_mail_that_comes_back_is_no_request(services: SmallServices) -> None:
    for number, sender in enumerate(("triage@ours.example", "Can we? <triage+r-x.abc@ours.example>")):
        assert arrive(services, mail(sender=sender, key=f"<own{number}@ours.example>")).outcome == "own"
    assert services.engine.processed == []


def test_what_was_put_aside_becomes_one_request_when_a_person_says_so(services: SmallServices) -> None:
    arrive(services, mail("I am away.", "Auto-Submitted: auto-replied"))
    (aside,) = services.store.received(["automatic"])
    first = accept_aside(cast("Any", services), aside.id)
    again = accept_aside(cast("Any", services), aside.id)
    assert first.outcome == "request"
    assert (again.request_id, again.duplicate) == (first.request_id, True)
    assert services.store.received(["automatic"]) == []


def test_a_mail_nobody_can_be_told_about_is_kept_with_the_reason(services: SmallServices) -> None:
    number = refuse_mail(cast("Any", services), b"\0\1", BadMail("No mail.", "Send one."), channel="imap")
    assert refuse_mail(cast("Any", services), b"\0\1", BadMail("No mail."), channel="imap") == number
    (kept,) = services.store.received(["refused"])
    assert (kept.trouble, services.store.raw(kept.id)) == ("No mail. Send one.", b"\0\1")


def test_files_are_listed_and_their_words_laid_over_the_request(services: SmallServices) -> None:
    body = (
        'Please see the file.\n--b\nContent-Type: text/csv; name="roles.csv"\n'
        "Content-Disposition: attachment\n\nrole,may\n--b--\n"
    )
    raw = mail(f"--b\nContent-Type: text/plain\n\n{body}", 'Content-Type: multipart/mixed; boundary="b"')
    request_id = arrive(services, raw).request_id
    (file,) = services.store.stored_files(request_id)
    assert (file.name, file.text) == ("roles.csv", None)
    services.store.put_file_text(file.received_id, file.position, "role,may")
    (attachment,) = services.store.request(request_id).attachments
    assert (attachment.name, attachment.text) == ("roles.csv", "role,may")


DEAL = Source(provider="hubspot", kind="deal", id="42")


def deal(body: str = "They need SSO for the pilot.", key: str = "event-1") -> NewFields:
    return NewFields(NewRequest(subject="Kestrel pilot", body=body, submitter=SAM), key=key, source=DEAL)


def test_the_same_event_and_the_same_words_of_one_record_are_one_request(services: SmallServices) -> None:
    first = accept_fields(cast("Any", services), deal(), raw=b"{}", channel="hubspot")
    for again in (deal(), deal(key="event-2")):
        arrived = accept_fields(cast("Any", services), again, raw=b"{}", channel="hubspot")
        assert (arrived.request_id, arrived.duplicate) == (first.request_id, True)
    other = accept_fields(cast("Any", services), deal("Now SAML.", "event-3"), raw=b"{}", channel="hubspot")
    assert other.request_id != first.request_id
    assert first.request_id in services.store.record(other.request_id).request.defects[-1]


def test_later_words_on_a_record_reach_its_request(services: SmallServices) -> None:
    first = accept_fields(cast("Any", services), deal(), raw=b"{}", channel="hubspot")
    words = LaterWords(DEAL, "The date moved to May.", key="note-1", sender="Sam", address=SAM)
    for duplicate in (False, True):
        arrived = accept_words(cast("Any", services), words, raw=b"{}", channel="hubspot")
        assert arrived == Arrival("reply", first.request_id, duplicate=duplicate)
    assert [later.text for later in services.store.later_mails(first.request_id)] == [
        "The date moved to May."
    ]
    unknown = LaterWords(Source(provider="hubspot", kind="deal", id="7"), "Hi", key="note-2")
    assert accept_words(cast("Any", services), unknown, raw=b"{}", channel="hubspot").outcome == "ignored"


def test_a_reply_to_an_undrafted_request_waits_for_the_draft(services: SmallServices) -> None:
    request_id = arrive(services, mail()).request_id
    arrive(services, reply("And SSO."))
    assert services.store.record(request_id).status is Status.RECEIVED
    services.store.begin_drafting(request_id)
    assert services.store.record(request_id).new_mail == 0
    arrive(services, reply("And roles.", key="<three@ours.example>"))
    services.store.save_draft(new_draft(request_id))
    record = services.store.record(request_id)
    assert (record.status, record.new_mail) == (Status.IN_REVIEW, 1)
    assert isinstance(record.request.later[0], LaterMail)
    assert record.request.later[0].at <= datetime.now(UTC)


def test_a_colleague_who_mails_gets_one_receipt_in_the_thread(services: SmallServices) -> None:
    request_id = arrive(services, mail()).request_id
    arrive(services, mail())
    (receipt,) = services.outgoing.for_request(request_id)
    assert (receipt.message.kind, receipt.message.to) == ("receipt", SAM)
    assert receipt.message.in_reply_to == "<one@ours.example>"
    back = mail("And SSO.", f"In-Reply-To: {receipt.message.message_id}", key="<two@ours.example>")
    assert arrive(services, back).request_id == request_id


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-generated", "Precedence: bulk", "List-Id: <sales.ours.example>"]
)
def test_what_asks_for_no_automatic_answer_gets_none(services: SmallServices, header: str) -> None:
    arrived = arrive(services, mail("A form was filled in: they need SSO.", header))
    assert arrived.outcome == "request"
    assert services.outgoing.for_request(arrived.request_id) == []


def test_a_stranger_gets_no_receipt(services: SmallServices) -> None:
    arrived = arrive(services, mail(sender=ANA))
    assert services.outgoing.for_request(arrived.request_id) == []


REPORT = """This is the mail system. Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.ours.example

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {key}

--b--
"""


def test_a_delivery_report_is_the_trouble_of_the_mail_that_failed(services: SmallServices) -> None:
    request_id = arrive(services, mail()).request_id
    (sent,) = services.outgoing.for_request(request_id)
    services.outgoing.sent(sent.message.id, "smtp")
    body = "--b\nContent-Type: text/plain\n\n" + REPORT.format(to=SAM, key=sent.message.message_id)
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    report = mail(body, kind, sender="MAILER-DAEMON@mx.ours.example", key="<report@mx.ours.example>")
    arrived = arrive(services, report)
    assert (arrived.outcome, arrived.request_id) == ("bounce", request_id)
    (failed,) = services.outgoing.for_request(request_id)
    assert failed.status == "failed"
    assert "550 no such user" in failed.trouble
    assert arrive(services, report).duplicate
    assert services.engine.processed == [request_id]


def test_a_mail_without_an_id_is_known_again(services: SmallServices) -> None:
    nameless = mail().replace(b"Message-ID: <one@ours.example>\n", b"")
    first = arrive(services, nameless)
    assert arrive(services, nameless) == Arrival("request", first.request_id, duplicate=True)


@pytest.mark.parametrize(("value", "outcome"), [("Forward", "request"), ("Reply", "automatic")])
def test_a_rule_that_passes_mail_on_is_no_reply(services: SmallServices, value: str, outcome: str) -> None:
    assert arrive(services, mail("They need SSO.", f"X-Autogenerated: {value}")).outcome == outcome


@pytest.mark.parametrize(
    "words", ["Thanks. The customer now needs it for 500 users.", "Thank you, but please wait with that."]
)
def test_thanks_with_more_behind_them_open_it_again(services: SmallServices, words: str) -> None:
    request_id = drafted(services)
    approved(services, request_id)
    arrive(services, reply(words))
    assert services.store.record(request_id).status is Status.IN_REVIEW


def test_an_answer_that_has_not_left_when_a_mail_comes_does_not_leave(services: SmallServices) -> None:
    request_id = drafted(services)
    approved(services, request_id)
    answer = OutgoingMessage(
        id=f"{request_id}.answer.1", request_id=request_id, kind="answer", to=SAM, subject="", text=""
    )
    services.store.enqueue_messages([answer])
    arrive(services, reply("Stop: they want it on premises."))
    (kept,) = [state for state in services.outgoing.for_request(request_id) if state.message.kind == "answer"]
    assert (kept.status, "new mail" in kept.trouble) == ("failed", True)
    with pytest.raises(Conflict, match="open again"):
        services.outgoing.again(answer.id, VERA)
    services.store.enqueue_messages([answer.model_copy(update={"id": f"{request_id}.answer.9"})])
    assert len(services.outgoing.for_request(request_id)) == 2  # the receipt and the first answer


def test_a_stranger_takes_back_what_has_not_left_and_is_announced(services: SmallServices) -> None:
    request_id = drafted(services)
    approved(services, request_id, timedelta(minutes=1))
    arrive(services, reply("We no longer need this.", sender="bob@kestrel.example"))
    record = services.store.record(request_id)
    assert (record.status, record.new_mail) == (Status.IN_REVIEW, 1)


def test_words_passed_on_in_a_reply_are_kept(services: SmallServices) -> None:
    request_id = drafted(services)
    forwarded = (
        "FYI, their answer below.\n\n---------- Forwarded message ---------\n"
        "From: Ana Roy <ana@kestrel.example>\nDate: Thu, 19 Nov 2026 at 09:12\nSubject: Re: Export\n"
        "To: Sam <sam@ours.example>\n\nAll twelve branches, please. You promised us May.\n"
    )
    arrive(services, reply(forwarded))
    (later,) = services.store.later_mails(request_id)
    assert later.text.startswith("FYI, their answer below.")
    assert "You promised us May." in later.text


def test_mails_on_a_closed_thread_go_to_the_request_that_follows(services: SmallServices) -> None:
    request_id = drafted(services)
    services.store.close(request_id, "delivered", VERA)
    successor = arrive(services, reply("Now they want it for suppliers too.")).request_id
    again = arrive(services, reply("And for auditors.", key="<three@ours.example>"))
    assert (again.outcome, again.request_id) == ("reply", successor)
    away = reply("I am away.", "Auto-Submitted: auto-replied", key="<four@ours.example>")
    assert arrive(services, away).outcome == "automatic"


def test_an_out_of_office_note_on_a_closed_request_is_put_aside(services: SmallServices) -> None:
    request_id = drafted(services)
    services.store.close(request_id, "delivered", VERA)
    away = arrive(services, reply("I am away.", "Auto-Submitted: auto-replied"))
    assert (away.outcome, services.engine.processed) == ("automatic", [request_id])


def test_later_words_go_to_the_newest_request_of_a_record(services: SmallServices) -> None:
    first = accept_fields(cast("Any", services), deal(), raw=b"{}", channel="hubspot")
    services.store.begin_drafting(first.request_id)
    services.store.save_draft(new_draft(first.request_id))
    services.store.close(first.request_id, "delivered", VERA)
    second = accept_fields(cast("Any", services), deal("Now SAML.", "event-2"), raw=b"{}", channel="hubspot")
    words = LaterWords(DEAL, "By May, please.", key="note-1")
    landed = accept_words(cast("Any", services), words, raw=b"{}", channel="hubspot")
    assert landed == Arrival("reply", second.request_id)
