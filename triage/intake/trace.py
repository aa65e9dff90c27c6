"""What a receiving mail server writes on top of a mail: the envelope's sender, and a Message-ID when there
is none (RFC 5321, 4.4 and 6.4). Without one the same mail, sent or fetched again, could not be told from
another."""

from __future__ import annotations

import hashlib
import re

from triage.intake.headers import Headers, read_headers, split_head

_OF_MAILS = ("from", "to", "subject", "date")  # garbage stays garbage: it gets no header of ours
_PLAIN = re.compile(rb"[^\x21-\x7e]")


def with_message_id(raw: bytes) -> bytes:
    """`raw`, with a Message-ID made from its own bytes when it is a mail without one."""
    headers = _headers(raw)
    if headers is None or headers.has("message-id"):
        return raw
    name = hashlib.sha256(raw).hexdigest()[:40].encode()
    return b"Message-ID: <" + name + b"@unnamed.invalid>\r\n" + raw


def with_return_path(raw: bytes, sender: str) -> bytes:
    """`raw`, with the sender of its envelope ("" for none) as Return-Path, when it is a mail."""
    if _headers(raw) is None:
        return raw
    address = _PLAIN.sub(b"", sender.encode("ascii", "replace"))[:320].strip(b"<>")
    return b"Return-Path: <" + address + b">\r\n" + raw


def hops(raw: bytes) -> int:
    """How many servers the mail says it went through."""
    headers = _headers(raw)
    return sum(name == "received" for name, _ in headers.fields) if headers else 0


def _headers(raw: bytes) -> Headers | None:
    """None when this is no mail."""
    if raw.startswith(b"From "):  # the envelope line of an mbox file must stay first
        return None
    headers = read_headers(raw[: split_head(raw, 0, len(raw))[0]])
    return headers if headers.has(*_OF_MAILS) else None
