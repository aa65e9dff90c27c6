"""What leaves, what did not, and sending it again."""

from __future__ import annotations

import html
import re

import pytest
from fastapi import FastAPI
from small_services import SmallServices
from starlette.testclient import TestClient

from triage.domain import OutChannel, OutgoingMessage

WRONG = "smtp mail.example.com did not take it: 550 no such user. Check the address."


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def message(name: str, **changes: object) -> OutgoingMessage:
    values = {
        "id": f"r-1.{name}.1",
        "request_id": "r-1",
        "kind": name.partition("-")[0],
        "to": "sam@ours.example",
        "subject": f"Re: Export <{name}>",
        "text": "SECRET WORDS",
    }
    return OutgoingMessage.model_validate({**values, **changes})


@pytest.fixture
def filled(services: SmallServices) -> SmallServices:
    """One failed, one that waits after a try in doubt, one sent."""
    outgoing = services.outgoing
    for each in (
        message("answer"),
        message("answer-slack", channel=OutChannel.SLACK, to="Slack"),
        message("checklist", to="support@ours.example"),
    ):
        outgoing.put(each)
    outgoing.failed("r-1.answer.1", WRONG, None)
    later = outgoing.state("r-1.answer-slack.1").next_try
    outgoing.failed("r-1.answer-slack.1", "hooks.slack.com said nothing.", later, in_doubt=True)
    outgoing.sent("r-1.checklist.1", "smtp mail.example.com:587")
    return services


def order(page: str) -> list[str]:
    """The ids of the messages listed, in their order."""
    return re.findall(r'<li class="past out[^"]*" id="([^"]+)"', page)


def test_what_failed_comes_first_with_its_reason(filled: SmallServices, voice: TestClient) -> None:
    page = voice.get("/outbox").text
    assert order(page) == ["r-1.answer.1", "r-1.answer-slack.1", "r-1.checklist.1"]
    said = text_of(page)
    for words in (
        "Not delivered 1",
        "Waiting 1",
        "Sent 1",
        "Answer by mail · to sam@ours.example",
        WRONG,
        "Re: Export <answer>",
        "Answer in Slack · to Slack · tried 1 time",
        "It may have arrived already.",
        "Setup checklist by mail · to support@ours.example · smtp mail.example.com:587",
    ):
        assert words in said
    assert "SECRET WORDS" not in page


def test_the_address_of_the_page_says_what_is_shown(filled: SmallServices, voice: TestClient) -> None:
    assert order(voice.get("/outbox?show=failed").text) == ["r-1.answer.1"]
    assert order(voice.get("/outbox?show=waiting").text) == ["r-1.answer-slack.1"]
    assert order(voice.get("/outbox?show=sent").text) == ["r-1.checklist.1"]
    assert len(order(voice.get("/outbox?show=nonsense").text)) == 3


def test_many_messages_are_turned_over(services: SmallServices, voice: TestClient) -> None:
    for number in range(45):
        services.outgoing.put(message(f"answer-{number:02}"))
    first = voice.get("/outbox?show=waiting").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = voice.get(html.unescape(older[1])).text
    assert len(order(first)) == 40
    assert len(order(second)) == 5
    assert not set(order(first)) & set(order(second))
    assert 'rel="next"' not in second
    assert len(order(voice.get("/outbox").text)) == 8


def test_the_bar_counts_what_did_not_arrive(
    filled: SmallServices, voice: TestClient, sales: TestClient
) -> None:
    assert "Outbox 1 not delivered" in text_of(voice.get("/review").text)
    assert "not delivered" not in text_of(sales.get("/requests").text)
    filled.outgoing.again("r-1.answer.1", "voice@ours.example")
    assert "not delivered" not in text_of(voice.get("/review").text)


def test_a_failed_message_is_sent_again(filled: SmallServices, voice: TestClient) -> None:
    answer = voice.post("/outbox/r-1.answer.1/again", data={"show": "failed"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/outbox?show=failed&done=again")
    state = filled.outgoing.state("r-1.answer.1")
    assert (state.status, state.tries, state.message.to) == ("pending", 0, "sam@ours.example")
    assert "sent again" in text_of(voice.get(answer.headers["Location"]).text)
    twice = voice.post("/outbox/r-1.answer.1/again", data={}, headers={"Accept": "text/html"})
    assert twice.status_code == 409
    event = filled.store.events("r-1")[-1]
    assert (event.kind, event.by) == ("resent", "voice@ours.example")


@pytest.mark.parametrize("to", ["new@ours.example", " Olga Other <OTHER@ours.example> "])
def test_a_wrong_address_is_replaced_by_a_colleagues(
    filled: SmallServices, voice: TestClient, to: str
) -> None:
    assert voice.post("/outbox/r-1.answer.1/again", data={"to": to}).status_code == 303
    assert filled.outgoing.state("r-1.answer.1").message.to in ("new@ours.example", "other@ours.example")


@pytest.mark.parametrize(
    ("name", "to", "said"),
    [
        ("answer", "ines@birch.example", "is not one of ours"),
        ("answer", "x@ours.example.evil.example", "is not one of ours"),
        ("answer", "nobody", "no mail address"),
        ("answer", "", "no mail address"),
        ("answer", "a@ours.example, b@evil.example", "no mail address"),
        ("sign_in", "new@ours.example", "goes to no other address"),
        ("customer", "new@ours.example", "goes to no other address"),
        ("answer-slack", "new@ours.example", "goes to no other address"),
    ],
)
def test_an_answer_is_sent_to_no_stranger(
    filled: SmallServices, voice: TestClient, name: str, to: str, said: str
) -> None:
    key = f"r-1.{name}.1"
    filled.outgoing.put(message(name))
    filled.outgoing.failed(key, "gone", None)
    before = filled.outgoing.state(key)
    answer = voice.post(f"/outbox/{key}/again", data={"to": to, "show": "failed"})
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert filled.outgoing.state(key) == before


def test_only_reviewers_see_the_outbox(filled: SmallServices, sales: TestClient) -> None:
    assert sales.get("/outbox").status_code == 403
    assert sales.post("/outbox/r-1.answer.1/again").status_code == 403
    assert filled.outgoing.state("r-1.answer.1").status == "failed"


def test_an_unknown_message_is_not_found(voice: TestClient) -> None:
    assert voice.post("/outbox/r-9.answer.1/again").status_code == 404


def test_an_empty_outbox_says_what_will_be_here(voice: TestClient) -> None:
    assert "Nothing has left yet." in text_of(voice.get("/outbox").text)


def test_the_pages_of_the_request_say_that_it_did_not_arrive(
    services: SmallServices, voice: TestClient, sales: TestClient, drafted: str
) -> None:
    services.outgoing.put(message("answer", id=f"{drafted}.answer.1", request_id=drafted))
    services.outgoing.sent(f"{drafted}.answer.1", "smtp")
    services.outgoing.bounced(f"{drafted}.answer.1", "550 no such user")
    line = "The answer did not reach sam@ours.example: 550 no such user"
    assert line in text_of(voice.get(f"/review/{drafted}").text)
    assert line in text_of(voice.get(f"/requests/{drafted}").text)
    assert "did not reach" not in text_of(sales.get(f"/requests/{drafted}").text)


def test_dead_letters_are_counted_for_the_watch(filled: SmallServices, voice: TestClient) -> None:
    lines = voice.get("/metrics").text.splitlines()
    assert 'triage_outbox{channel="mail",state="failed"} 1' in lines
    assert 'triage_outbox{channel="slack",state="pending"} 1' in lines
    assert 'triage_outbox{channel="hubspot",state="failed"} 0' in lines


# --- the customer's address ---------------------------------------------------------------------

ADDRESS = "ines@birch.example"


@pytest.fixture
def asked(services: SmallServices, drafted: str, voice: TestClient) -> str:
    """A drafted request whose asker is known, in a service that may answer customers."""
    services.settings = services.settings.model_copy(update={"answer_customers": True})
    voice.post(f"/review/{drafted}/who", data={"customer": "Birch", "asker_address": ADDRESS})
    return drafted


def test_a_reviewer_vouches_for_the_address(
    app: FastAPI, services: SmallServices, voice: TestClient, asked: str
) -> None:
    assert f"nobody has said that {ADDRESS} is right" in text_of(voice.get(f"/review/{asked}").text)
    answer = voice.post(f"/review/{asked}/address", data={"address": ADDRESS})
    assert answer.status_code == 303
    assert services.store.address_verified(asked, ADDRESS)
    assert "by the word of Vera Voice" in text_of(voice.get(answer.headers["Location"]).text)
    voice.post(f"/review/{asked}/address", data={"address": ADDRESS, "withdraw": "1"})
    assert not services.store.address_verified(asked, ADDRESS)


def test_an_address_that_was_corrected_meanwhile_is_not_vouched_for(
    services: SmallServices, voice: TestClient, asked: str
) -> None:
    answer = voice.post(f"/review/{asked}/address", data={"address": "old@birch.example"})
    assert answer.status_code == 422
    assert not services.store.address_verified(asked, "old@birch.example")


def test_where_customers_are_not_answered_nothing_asks_for_it(
    services: SmallServices, voice: TestClient, asked: str
) -> None:
    services.settings = services.settings.model_copy(update={"answer_customers": False})
    assert "Not to the customer" not in text_of(voice.get(f"/review/{asked}").text)
    assert voice.post(f"/review/{asked}/address", data={"address": ADDRESS}).status_code == 403


def test_a_submitter_vouches_for_nobody(services: SmallServices, sales: TestClient, asked: str) -> None:
    assert sales.post(f"/review/{asked}/address", data={"address": ADDRESS}).status_code == 403
    assert not services.store.address_verified(asked, ADDRESS)
