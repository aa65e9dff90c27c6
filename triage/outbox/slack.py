"""The answer in a Slack channel, by an incoming webhook.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. Slack cannot tell a repeat from a
second message, so a call whose reply never came leaves the message in doubt.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from triage.domain import OutChannel, OutgoingMessage
from triage.errors import SetupError
from triage.outbox.approved import Approved
from triage.outbox.call import TIMEOUT_S, call, place_of

HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_TEXT = 2_900  # characters; Slack takes 3,000 in a section
_REMEDY = "Make a new incoming webhook in Slack, set TRIAGE_SLACK_OUT_URL to it, and send it again."


class SlackSender:
    """Posts to the channel of one incoming webhook. Implements `ports.Sender`."""

    def __init__(
        self,
        url: str,
        *,
        hosts: Collection[str] = HOSTS,
        private: bool = False,
        timeout: float = TIMEOUT_S,
    ) -> None:
        """Nothing is contacted yet.

        Args:
            url: the webhook's; whoever knows it may post, so it is shown nowhere.
            hosts: where it may point to.
            private: also to addresses that are not on the public internet.
            timeout: seconds for one call.

        Raises:
            SetupError: the address is not one of Slack's.
        """
        self._place = place_of(url, "TRIAGE_SLACK_OUT_URL")
        if self._place.host not in hosts:
            raise SetupError(
                f"TRIAGE_SLACK_OUT_URL points to {self._place.host}, which is not Slack.",
                "It begins with https://hooks.slack.com/services/.",
            )
        self._private = private
        self._timeout = timeout

    def send(self, message: OutgoingMessage) -> str:
        """Post; returns "Slack". Raises NotDelivered."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        body = message.payload.encode()
        call(
            "POST",
            self._place,
            body,
            headers,
            remedy=_REMEDY,
            knows_repeats=False,
            private=self._private,
            timeout=self._timeout,
        )
        return "Slack"


def answer_slack(approved: Approved) -> OutgoingMessage:
    """The Slack message of an approval: the sentence, the verdict, the way to the whole answer."""
    request = approved.record.request
    about = " · ".join(filter(None, [approved.title, request.customer, approved.verdict]))
    by = f"Approved by {approved.decision.by}"
    payload = {
        "text": _escaped(f"{approved.answer.sentence} ({about})"),
        "unfurl_links": False,
        "blocks": [
            {"type": "section", "text": _plain(approved.answer.sentence)},
            {"type": "context", "elements": [_plain(about), _plain(by)]},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": f"<{_escaped(approved.url)}|The whole answer>"},
            },
        ],
    }
    return approved.message(OutChannel.SLACK, "Slack", json.dumps(payload, ensure_ascii=False))


def _plain(text: str) -> dict[str, object]:
    """Text that Slack formats in no way: nobody is mentioned, nothing becomes bold or a link."""
    return {"type": "plain_text", "text": _escaped(text) or "–", "emoji": False}


def _escaped(text: str) -> str:
    short = text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
