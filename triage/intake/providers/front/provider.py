"""Front: messages that come in, conversations that somebody tags, and comments of colleagues.

Application webhooks sign time, colon and body with HMAC-SHA256, and want a challenge back when they are
set up: https://dev.frontapp.com/docs/application-webhooks. Rule webhooks sign the body alone with
HMAC-SHA1 and the account's API secret: https://dev.frontapp.com/docs/rule-webhooks. They are accepted when
no time came; a replay adds nothing, because each message is known by its id.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from triage.domain import Channel, FromRole, Source
from triage.errors import BadInput
from triage.intake.providers.base import Answered, Call, Found, Handshake, LaterWords, NewFields, Nothing
from triage.intake.providers.conversation import is_echo, left_behind, own_words, unwrap
from triage.intake.providers.fields import plain_words, read_fields
from triage.intake.providers.mapping import FieldMap, load_field_map
from triage.intake.providers.payload import Json, object_at, objects_at, read_object, text_at
from triage.intake.providers.signing import (
    check_fresh,
    from_base64,
    hmac_sha256,
    one_matches,
    require,
    signed_header,
    unix_time,
)
from triage.intake.text import clean_line
from triage.settings import Settings

TAG = "triage"  # a conversation with this tag is handed in, whoever began it
_TIME = "x-front-request-timestamp"
_INBOUND = ("inbound_received", "inbound")
_COMMENTS = ("new_comment_added", "comment")
_TAGS = ("tag_added", "tag")
_LONGEST_CHALLENGE = 500  # characters


class Front:
    """Calls of Front."""

    name = "front"

    def __init__(self, field_map: FieldMap, settings: Settings) -> None:
        self._map = field_map
        self._own_domains = settings.own_domains
        self._mail_from, self._base_url = settings.mail_from, settings.base_url

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """HMAC-SHA256 over time, colon and body; without a time HMAC-SHA1 over the body."""
        given = from_base64(signed_header(call.headers, "x-front-signature", "Front"))
        stamp = call.headers.get(_TIME, "").strip()
        right = (
            hmac_sha256(secret.encode(), stamp.encode(), b":", call.body)
            if stamp
            else hmac.digest(secret.encode(), call.body, hashlib.sha1)
            for secret in secrets
        )
        require(one_matches([given], right), "Front", "TRIAGE_FRONT_SECRET")
        if stamp:
            check_fresh(unix_time(stamp[:-3], "Front"), call.at)

    def read(self, call: Call) -> Sequence[Found]:
        """One event, or the challenge of the set-up."""
        challenge = call.headers.get("x-front-challenge", "")
        if challenge:
            answer = {"challenge": challenge[:_LONGEST_CHALLENGE]}
            return [Handshake(json.dumps(answer).encode(), "application/json")]
        body = read_object(call.body, "Front")
        event = object_at(body, "payload") or body
        kind = clean_line(text_at(body, "type"), 60)
        if not kind:
            raise BadInput("This call of Front names no kind of event.", "Check what posts to this address.")
        if kind not in (*_INBOUND, *_COMMENTS, *_TAGS):
            return [Nothing(f"Events of the kind {kind} are not used.")]
        view = _view(event)
        if kind in _COMMENTS:
            return [self._comment(view)]
        if kind in _TAGS:
            return [self._tagged(view)]
        return [self._inbound(view)]

    def answer(self, request_id: str, url: str) -> Answered:
        """Our usual receipt, with the status that no system of webhooks takes for a fault."""
        return Answered(status=200)

    def _inbound(self, view: Json) -> Found:
        """The first message of a conversation is a request, each further one goes to it."""
        message = object_at(view, "message")
        first = self._request(view, f"message:{_id(message)}")
        address = clean_line(text_at(object_at(view, "sender"), "handle")).lower()
        name = clean_line(text_at(object_at(view, "sender"), "name"))
        words = own_words(plain_words(text_at(message, "text", "body", "blurb")), name)
        if is_echo(words, address, mail_from=self._mail_from, base_url=self._base_url):
            return Nothing("Our own mail came back.")
        return LaterWords(self._source(view), words, first.key, name, address, first=first)

    def _tagged(self, view: Json) -> Found:
        tag = text_at(object_at(view, "target"), "name").strip().casefold()
        if tag != TAG:
            return Nothing(f"The tag is not “{TAG}”.")
        return self._request(view, f"tagged:{_id(object_at(view, 'conversation'))}")

    def _comment(self, view: Json) -> Found:
        comment = object_at(view, "target")
        author = object_at(comment, "author")
        names = (text_at(author, "first_name"), text_at(author, "last_name"))
        name, address = clean_line(" ".join(names)), clean_line(text_at(author, "email")).lower()
        words = plain_words(text_at(comment, "body"))
        source = self._source(view)
        if not words:
            return Nothing("The comment is empty.")
        if is_echo(words, address, mail_from=self._mail_from, base_url=self._base_url):
            return Nothing("Our own words came back.")
        return LaterWords(source, words, f"comment:{_id(comment)}", name, address)

    def _request(self, view: Json, key: str) -> NewFields:
        mapped = self._map.read(view)
        read = read_fields(mapped.values, mapped.places, channel=Channel.CRM, from_role=FromRole.CUSTOMER)
        words = unwrap(read.fields, self._own_domains)
        files = objects_at(object_at(view, "message"), "attachments")
        cut = () if plain_words(text_at(object_at(view, "message"), "text", "body")) else (_PREVIEW,)
        return NewFields(
            fields=words.fields,
            key=key,
            source=self._source(view),
            defects=(*read.defects, *words.defects, *cut, *left_behind(files, "Front")),
            thread=words.thread,
            forwarder_note=words.forwarder_note,
            forwarded_by=words.forwarded_by,
        )

    def _source(self, view: Json) -> Source:
        key = self._map.read(view).source_id
        if not key:
            raise BadInput(
                "This call of Front names no conversation: payload.conversation.id is missing.",
                "Let Front send the full event, not the preview.",
            )
        return Source(
            provider=self.name, kind="conversation", id=key, url=f"https://app.frontapp.com/open/{key}"
        )


_PREVIEW = "Front sent only the beginning of the message; let it send the full event."


def open_provider(settings: Settings) -> Front:
    """Front with the field map of the settings."""
    return Front(load_field_map("front", settings.field_map), settings)


def _view(event: Json) -> dict[str, Any]:
    """The event with its message and the sender of that in their own places."""
    conversation = object_at(event, "conversation")
    target = object_at(object_at(event, "target"), "data")
    is_message = text_at(object_at(object_at(event, "target"), "_meta"), "type") == "message"
    message = target if is_message else object_at(conversation, "last_message")
    writers = [person for person in objects_at(message, "recipients") if text_at(person, "role") == "from"]
    return {
        "conversation": conversation,
        "target": target,
        "message": message,
        "sender": writers[0] if writers else object_at(conversation, "recipient"),
    }


def _id(record: Json) -> str:
    """The id of a message, comment or conversation. Raises BadInput without one."""
    key = clean_line(text_at(record, "id"), 80)
    if not key:
        raise BadInput(
            "This call of Front names no message: its id is missing.", "Let it send the full event."
        )
    return key
