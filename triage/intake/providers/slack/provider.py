"""Slack: the slash command /can-we, and a shortcut on a message.

Signature v0: https://docs.slack.dev/authentication/verifying-requests-from-slack. The command:
https://docs.slack.dev/interactivity/implementing-slash-commands. The shortcut:
https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload. Slack waits three
seconds, so who somebody is gets asked (users.info) with a second at most, and a name does without.
"""

from __future__ import annotations

import html
import json
import logging
import re
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from triage.domain import Channel, FromRole, Source
from triage.errors import BadInput, NotDelivered, SetupError, Unreachable
from triage.intake.hints import Hints, read_hints
from triage.intake.limits import MAX_TEXT
from triage.intake.parameters import read_parameters
from triage.intake.printed import name_and_address
from triage.intake.providers.asking import Api
from triage.intake.providers.base import Answered, Call, Found, Handshake, NewFields, Nothing
from triage.intake.providers.conversation import headline, left_behind
from triage.intake.providers.fields import read_fields
from triage.intake.providers.forms import Form, read_form
from triage.intake.providers.payload import Json, object_at, objects_at, read_object, text_at
from triage.intake.providers.signing import (
    check_fresh,
    hmac_sha256,
    one_matches,
    require,
    signed_header,
    unix_time,
)
from triage.intake.text import clean_line, clean_text
from triage.outbox.call import call as call_out
from triage.outbox.call import is_loopback, place_of
from triage.settings import Settings

log = logging.getLogger(__name__)

TIME_S = 1.2  # for all questions of one call
_HOOKS = "hooks.slack.com"
_USER = re.compile(r"[A-Z0-9]{2,30}")
_LINK = re.compile(r"<([^<>|]{1,2000})(?:\|([^<>]{0,2000}))?>")
_FOR = re.compile(r"for ([^\n:]{2,60}):\s*(.*)", re.IGNORECASE | re.DOTALL)
_USAGE = (
    "Write what the customer asks for, for example:\n"
    "`/can-we for Acorn Facilities: can we export job reports as PDF?`\n"
    "Lines such as `Customer:`, `Deal value:`, `Need by:` and `Why:` are understood as well."
)


class Slack:
    """Calls of a Slack app."""

    name = "slack"

    def __init__(self, api: Api, time_s: float = TIME_S) -> None:
        self._api = api
        self._time_s = time_s

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """v0=<hex HMAC-SHA256 of "v0:time:body">."""
        given = signed_header(call.headers, "x-slack-signature", "Slack").encode("utf-8", "replace")
        stamp = signed_header(call.headers, "x-slack-request-timestamp", "Slack")
        right = (
            b"v0=" + hmac_sha256(secret.encode(), f"v0:{stamp}:".encode(), call.body).hex().encode()
            for secret in secrets
        )
        require(one_matches([given], right), "Slack", "TRIAGE_SLACK_SECRET")
        check_fresh(unix_time(stamp, "Slack"), call.at)

    def read(self, call: Call) -> Sequence[Found]:
        """A command or a shortcut (forms), or the proof of the address (JSON)."""
        if read_parameters(call.headers.get("content-type", "")).value == "application/json":
            return [_event(read_object(call.body, "Slack"))]
        form = read_form(call)
        if form.field("payload"):
            return [self._interaction(read_object(form.value("payload"), "Slack"))]
        if form.text("command"):
            return [self._command(form)]
        if form.text("ssl_check"):
            return [Nothing("Slack checks the certificate.")]
        raise BadInput(
            "This call of Slack is neither a command nor a shortcut.",
            "Set this address as Request URL of a slash command and of Interactivity.",
        )

    def answer(self, request_id: str, url: str) -> Answered:
        """A text that only the one who asked sees."""
        if not request_id:
            return Answered(status=200)
        return _only_to_you(_taken(request_id, url))

    def tell(self, found: NewFields, request_id: str, url: str) -> None:
        """The same text after a shortcut: Slack shows no answer to its call."""
        told = _only_to_you(_taken(request_id, url))
        try:
            self._post(found.reply_to, told)
        except (NotDelivered, SetupError) as error:
            log.warning("Slack was not told about %s: %s", request_id, error)

    def _post(self, address: str, told: Answered) -> None:
        place = place_of(address, "response_url")
        here = is_loopback(place.host) and is_loopback(urlsplit(self._api.base).hostname or "")
        if place.host != _HOOKS and not here:
            raise SetupError(f"{place.host} is not where Slack hears answers.")
        call_out(
            "POST",
            place,
            told.body,
            {"Content-Type": told.media_type},
            remedy="Nothing has to be done; the request is safe.",
            knows_repeats=True,
            private=here,
            timeout=TIME_S,
        )

    def _command(self, form: Form) -> Found:
        text = clean_text(_readable(form.text("text"))).strip()
        if not text or text.casefold() in ("help", "?"):
            told = _only_to_you(_USAGE)
            return Handshake(told.body, told.media_type)
        until = time.monotonic() + self._time_s
        submitter, defects = self._person(form.text("user_id"), form.text("user_name"), until)
        named = _FOR.fullmatch(text)
        hints = read_hints(named[2] if named else text, anywhere=False)
        key = clean_line(form.text("trigger_id"), 80)
        if not key:
            raise BadInput("This command of Slack has no trigger_id.", "Check what posts to this address.")
        customer = clean_line(named[1]) if named else ""
        return self._request(hints, customer, submitter, key, (*defects, *hints.defects))

    def _request(
        self, hints: Hints, customer: str, submitter: str, key: str, defects: tuple[str, ...]
    ) -> NewFields:
        asker_name, asker_address = name_and_address(hints.asker)
        values: dict[str, object] = {
            "subject": headline(hints.rest),
            "body": hints.rest,
            "customer": hints.customer or customer,
            "asker_name": asker_name,
            "asker_address": asker_address,
            "submitter": submitter,
            "need_by": hints.need_by or "",
            "need_by_reason": hints.need_by_reason,
            "already_said": hints.already_said,
            "product_area": hints.product_area,
        }
        if hints.deal_value is not None:
            values |= {"deal_value": hints.deal_value, "deal_currency": hints.deal_currency or "EUR"}
        given = {name: value for name, value in values.items() if value != ""}
        read = read_fields(given, channel=Channel.CHAT, from_role=FromRole.SALES)
        return NewFields(read.fields, f"command:{key}", defects=(*read.defects, *defects))

    def _interaction(self, payload: Json) -> Found:
        kind = clean_line(text_at(payload, "type"), 60)
        if kind != "message_action":
            return Nothing(f"Interactions of the kind {kind or 'unknown'} are not used.")
        message, channel = object_at(payload, "message"), object_at(payload, "channel")
        stamp, place = clean_line(text_at(message, "ts"), 40), clean_line(text_at(channel, "id"), 40)
        if not stamp or not place:
            raise BadInput(
                "This shortcut of Slack names no message: message.ts or channel.id is missing.",
                "Make the shortcut one on messages, not a global one.",
            )
        body = clean_text(_readable(_text(message))).strip()
        if not body:
            told = _only_to_you("There is no text in this message that could be handed in.")
            return Handshake(told.body, told.media_type)
        until = time.monotonic() + self._time_s
        user = object_at(payload, "user")
        submitter, defects = self._person(text_at(user, "id"), text_at(user, "name", "username"), until)
        values = {
            "subject": headline(body),
            "body": body,
            "asker_name": self._writer(message, until),
            "submitter": submitter,
        }
        given = {name: value for name, value in values.items() if value}
        read = read_fields(given, channel=Channel.CHAT, from_role=FromRole.SALES)
        link = _permalink(text_at(object_at(payload, "team"), "domain"), place, stamp)
        source = Source(provider=self.name, kind="message", id=f"{place}:{stamp}", url=link)
        return NewFields(
            fields=read.fields,
            key=f"message:{source.id}",
            source=source,
            defects=(*read.defects, *defects, *left_behind(objects_at(message, "files"), "Slack")),
            reply_to=text_at(payload, "response_url"),
        )

    def _person(self, user_id: str, name: str, until: float) -> tuple[str, tuple[str, ...]]:
        """The mail address of whoever hands in, or why there is none."""
        address = text_at(object_at(self._user(user_id, until), "profile"), "email")
        if address:
            return address, ()
        known = clean_line(name or user_id, 80) or "somebody"
        why = "Slack did not say their mail address" if self._api.token else "TRIAGE_SLACK_TOKEN is not set"
        return "", (f"@{known} handed this in from Slack, but {why}: the answer cannot go to them by mail.",)

    def _writer(self, message: Json, until: float) -> str:
        """The name of whoever wrote the message."""
        user_id = text_at(message, "user")
        found = self._user(user_id, until)
        name = text_at(found, "real_name") or text_at(object_at(found, "profile"), "real_name")
        return clean_line(name or text_at(message, "username") or user_id, 80)

    def _user(self, user_id: str, until: float) -> Json:
        """What users.info says; {} when it does not."""
        if not self._api.token or not _USER.fullmatch(user_id):
            return {}
        try:
            return object_at(self._api.ask(f"/users.info?user={user_id}", until=until), "user")
        except (SetupError, Unreachable):
            return {}


def open_provider(settings: Settings) -> Slack:
    """Slack with the token of the settings."""
    token = settings.slack_token.get_secret_value()
    return Slack(Api("Slack", settings.slack_api, token, "TRIAGE_SLACK_API", "TRIAGE_SLACK_TOKEN"))


def _event(body: Json) -> Found:
    if text_at(body, "type") == "url_verification":
        return Handshake(clean_line(text_at(body, "challenge"), 500).encode())
    return Nothing(f"Events of the kind {clean_line(text_at(body, 'type'), 60) or 'unknown'} are not used.")


def _taken(request_id: str, url: str) -> str:
    return f"We have it: <{url}|{request_id}>. The answer comes by mail."


def _only_to_you(text: str) -> Answered:
    body = json.dumps({"response_type": "ephemeral", "text": text}, ensure_ascii=False).encode()
    return Answered(body, "application/json", 200)


def _text(message: Json) -> str:
    """The words of a message; those of its attachments when it has none of its own."""
    attached = (text_at(part, "text", "fallback") for part in objects_at(message, "attachments"))
    return text_at(message, "text") or "\n\n".join(filter(None, attached))


def _readable(text: str) -> str:
    """Slack's own marks as people read them: <https://x|label> as label (https://x), <@U1|sam> as @sam."""

    def words(found: re.Match[str]) -> str:
        target, label = found[1], found[2] or ""
        if target[0] in "@#":
            return f"{target[0]}{label or target[1:]}"
        if target.startswith("!"):
            return label or f"@{target[1:].partition('^')[0]}"
        bare = target.removeprefix("mailto:")
        return f"{label} ({bare})" if label and label != bare else bare

    return html.unescape(_LINK.sub(words, text[: 2 * MAX_TEXT]))


def _permalink(domain: str, channel: str, stamp: str) -> str:
    known = re.fullmatch(r"[a-z0-9-]{1,60}", domain) and re.fullmatch(r"[\d.]{1,40}", stamp)
    if not known or not channel.isalnum():
        return ""
    return f"https://{domain}.slack.com/archives/{channel}/p{stamp.replace('.', '')}"
