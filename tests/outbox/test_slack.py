"""Approved answers in Slack."""

from __future__ import annotations

import json

import pytest

from tests.outbox.receiver import Receiver, breaks_off, says
from triage.errors import NotDelivered, SetupError
from triage.outbox.approved import Approved
from triage.outbox.slack import SlackSender, answer_slack


def sender(receiver: Receiver) -> SlackSender:
    url = f"{receiver.url}/services/T0/B0/SECRET"
    return SlackSender(url, hosts=("127.0.0.1",), private=True, timeout=1)


def test_the_sentence_arrives_with_verdict_and_link(receiver: Receiver, approved: Approved) -> None:
    message = answer_slack(approved)
    assert (message.id, message.to) == ("r-0001.answer.2.slack", "Slack")
    assert sender(receiver).send(message) == "Slack"
    (call,) = receiver.calls
    assert call.path == "/services/T0/B0/SECRET"
    sentence, about, link = call.json["blocks"]
    assert sentence["text"]["text"] == "Yes &lt;!channel&gt; &amp; three weeks, *if* one branch goes first."
    assert about["elements"][0]["text"] == (
        "A &lt;simple&gt; export &amp; more · Birchwood · Yes, with conditions"
    )
    assert link["text"]["text"] == "<https://triage.example/requests/r-0001|The whole answer>"
    assert call.json["text"].startswith("Yes &lt;!channel&gt;")


def test_nothing_in_it_is_formatted_or_calls_anybody(approved: Approved) -> None:
    payload = json.loads(answer_slack(approved).payload)
    kinds = [block["text"]["type"] for block in payload["blocks"] if "text" in block]
    assert kinds == ["plain_text", "mrkdwn"]
    assert "<!" not in json.dumps(payload)


def test_a_long_sentence_fits(approved: Approved) -> None:
    answer = approved.draft.answer.model_copy(update={"sentence": "word " * 2000})
    long = Approved(
        approved.record,
        approved.draft.model_copy(update={"answer": answer}),
        approved.decision,
        approved.base_url,
    )
    payload = json.loads(answer_slack(long).payload)
    assert len(payload["blocks"][0]["text"]["text"]) <= 3000


def test_a_lost_reply_leaves_it_in_doubt(receiver: Receiver, approved: Approved) -> None:
    receiver.will(breaks_off)
    with pytest.raises(NotDelivered) as caught:
        sender(receiver).send(answer_slack(approved))
    assert caught.value.in_doubt


def test_a_webhook_that_is_gone_says_what_to_do(receiver: Receiver, approved: Approved) -> None:
    receiver.will(says(404, "no_service"))
    with pytest.raises(NotDelivered, match=r"404 \(no_service\)") as caught:
        sender(receiver).send(answer_slack(approved))
    assert caught.value.permanent
    assert "TRIAGE_SLACK_OUT_URL" in caught.value.remedy
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/services/x",
        "https://evil.example/hooks.slack.com",
        "http://hooks.slack.com/services/x",
        "https://hooks.slack.com@evil.example/services/x",
    ],
)
def test_only_slack_is_posted_to(url: str) -> None:
    with pytest.raises(SetupError, match="TRIAGE_SLACK_OUT_URL"):
        SlackSender(url)
    SlackSender("https://hooks.slack.com/services/T0/B0/x")
