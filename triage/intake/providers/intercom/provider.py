"""Intercom: notifications about conversations that customers begin, go on with, or that somebody tags.

Signature: X-Hub-Signature, “sha1=” and the hex HMAC-SHA1 over the body with the app's client secret
(https://developers.intercom.com/docs/webhooks/webhook-notifications). It signs no time; a replay adds
nothing, because every notification is known by the conversation or the message in it. Topics:
https://developers.intercom.com/docs/references/webhooks/webhook-models
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from triage.domain import Channel, FromRole, Message, Source
from triage.errors import BadInput
from triage.intake.providers.base import Answered, Call, Found, LaterWords, NewFields, Nothing
from triage.intake.providers.conversation import headline, is_echo, left_behind, own_words, unwrap
from triage.intake.providers.fields import plain_words, read_fields
from triage.intake.providers.mapping import FieldMap, Mapped, load_field_map
from triage.intake.providers.payload import Json, object_at, objects_at, read_object, text_at
from triage.intake.providers.signing import one_matches, require, signed_header
from triage.intake.text import clean_line
from triage.records.text import digest
from triage.settings import Settings

TAG = "triage"  # a conversation with this tag is handed in, whoever began it
_STARTED = ("conversation.user.created", "conversation.contact.created")
_WENT_ON = ("conversation.user.replied", "conversation.admin.replied", "conversation.admin.noted")
_TAGGED = ("conversation_part.tag.created", "conversation.tag.created")
_SPOKEN = ("comment", "note", "open", "close", "assignment")  # parts that may carry words


class Intercom:
    """Notifications of Intercom."""

    name = "intercom"

    def __init__(self, field_map: FieldMap, settings: Settings) -> None:
        self._map = field_map
        self._own_domains = settings.own_domains
        self._mail_from, self._base_url = settings.mail_from, settings.base_url

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """sha1=<hex HMAC-SHA1 of the body>."""
        given = signed_header(call.headers, "x-hub-signature", "Intercom").encode("utf-8", "replace")
        right = (
            b"sha1=" + hmac.digest(secret.encode(), call.body, hashlib.sha1).hex().encode()
            for secret in secrets
        )
        require(one_matches([given], right), "Intercom", "TRIAGE_INTERCOM_SECRET")

    def read(self, call: Call) -> Sequence[Found]:
        """One notification."""
        notification = read_object(call.body, "Intercom")
        topic = clean_line(text_at(notification, "topic"), 60)
        if not topic:
            raise BadInput(
                "This call of Intercom names no topic.",
                "Check which app posts to this address; see the docs.",
            )
        if topic not in (*_STARTED, *_WENT_ON, *_TAGGED):
            return [Nothing(f"Notifications about {topic} are not used.")]
        item = object_at(object_at(notification, "data"), "item")
        conversation = object_at(item, "conversation") or item
        if topic in _TAGGED and not _is_tagged(item):
            return [Nothing(f"The tag is not “{TAG}”.")]
        return [self._words(conversation) if topic in _WENT_ON else self._request(conversation)]

    def answer(self, request_id: str, url: str) -> Answered:
        """Our usual receipt, with the status that no system of webhooks takes for a fault."""
        return Answered(status=200)

    def _request(self, conversation: Json) -> Found:
        mapped = self._map.read(conversation)
        source = self._source(mapped)
        values = dict(mapped.values)
        if not values.get("subject"):
            values["subject"] = headline(plain_words(str(values.get("body", ""))))
        read = read_fields(values, mapped.places, channel=Channel.CHAT, from_role=_role(conversation))
        words = unwrap(read.fields, self._own_domains)
        files = objects_at(object_at(conversation, "source"), "attachments")
        return NewFields(
            fields=words.fields,
            key=f"conversation:{source.id}",
            source=source,
            defects=(*read.defects, *words.defects, *left_behind(files, "Intercom")),
            thread=(*words.thread, *_parts(conversation)),
            forwarder_note=words.forwarder_note,
            forwarded_by=words.forwarded_by,
        )

    def _words(self, conversation: Json) -> Found:
        source = self._source(self._map.read(conversation))
        part = next(reversed(_spoken(conversation)), None)
        if part is None:
            return Nothing("The part of the conversation carries no words.")
        author = object_at(part, "author")
        name, address = clean_line(text_at(author, "name")), clean_line(text_at(author, "email")).lower()
        words = own_words(plain_words(text_at(part, "body")), name)
        if is_echo(words, address, mail_from=self._mail_from, base_url=self._base_url):
            return Nothing("Our own words came back.")
        key = clean_line(str(part.get("id") or ""), 40) or digest(words)
        return LaterWords(source, words, f"part:{source.id}:{key}", name, address)

    def _source(self, mapped: Mapped) -> Source:
        if not mapped.source_id:
            raise BadInput(
                "This call of Intercom names no conversation: data.item.id is missing.",
                "Check which topics of which app post to this address.",
            )
        return Source(provider=self.name, kind="conversation", id=mapped.source_id, url=mapped.source_url)


def open_provider(settings: Settings) -> Intercom:
    """Intercom with the field map of the settings."""
    return Intercom(load_field_map("intercom", settings.field_map), settings)


def _is_tagged(item: Json) -> bool:
    """True when the tag that was put on is ours."""
    added = objects_at(object_at(item, "tags_added"), "tags")
    names = [text_at(tag, "name") for tag in (*added, object_at(item, "tag"))]
    return TAG in [name.strip().casefold() for name in names]


def _role(conversation: Json) -> FromRole:
    author = object_at(object_at(conversation, "source"), "author")
    return FromRole.SUCCESS if text_at(author, "type") in ("admin", "team") else FromRole.CUSTOMER


def _spoken(conversation: Json) -> list[Json]:
    parts = objects_at(object_at(conversation, "conversation_parts"), "conversation_parts")
    return [
        part for part in parts if text_at(part, "part_type") in _SPOKEN and plain_words(text_at(part, "body"))
    ]


def _parts(conversation: Json) -> tuple[Message, ...]:
    """What was said in the conversation before it was handed in."""
    return tuple(
        Message(
            sender=clean_line(text_at(object_at(part, "author"), "name", "email")),
            address=clean_line(text_at(object_at(part, "author"), "email")).lower(),
            text=plain_words(text_at(part, "body")),
        )
        for part in _spoken(conversation)
    )
