"""A mail put together again from the fields that a provider took it apart into.

Its own reader (`triage.intake.email`) then treats it like any other, with all its caps. The same fields
always give the same bytes, so that a repeat is recognised.
"""

from __future__ import annotations

import hashlib
import re
from base64 import encodebytes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import encode_rfc2231
from itertools import islice

from triage.intake.limits import MAX_HEADER, MAX_HEADERS, MAX_PARTS
from triage.intake.text import clean_line

_HEADER_NAME = re.compile(r"[!-9;-~]{1,100}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
_CONTENT_ID = re.compile(r"[^!-;=?-~]")
_OF_THE_OLD_BODY = frozenset(
    {"content-type", "content-transfer-encoding", "content-disposition", "mime-version"}
)


@dataclass(frozen=True)
class File:
    """A file of the mail. `content_id` is there for pictures inside its HTML."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


def rebuild(
    headers: Iterable[tuple[str, str]], *, text: str = "", html: str = "", files: Iterable[File] = ()
) -> bytes:
    """The mail as raw RFC 822, its headers in UTF-8 (RFC 6532) and its bodies in base64.

    A header is put onto one line. Those about the old body are left out: the new one has its own.
    """
    kept = (pair for pair in headers if _HEADER_NAME.fullmatch(pair[0]))
    block = "".join(
        f"{name}: {' '.join(value[: MAX_HEADER + 1].split())}\n"
        for name, value in islice(kept, MAX_HEADERS + 1)  # one more: the reader says that there are more
        if name.lower() not in _OF_THE_OLD_BODY
    ).encode("utf-8", "replace")
    parts = [_part("text/plain; charset=utf-8", text.encode("utf-8", "replace"))] if text or not html else []
    parts += [_part("text/html; charset=utf-8", html.encode("utf-8", "replace"))] if html else []
    body = _joined("alternative", parts)
    attached = [_attached(file) for file in islice(files, MAX_PARTS + 1)]
    return block + b"MIME-Version: 1.0\n" + _joined("mixed", [body, *attached])


def mailbox(name: str, address: str) -> str:
    """A name and an address as they stand in a header."""
    address = clean_line(address).strip("<>")
    name = clean_line(name).replace("\\", "").replace('"', "")
    return f'"{name}" <{address}>' if name else address


def _attached(file: File) -> bytes:
    declared = file.media_type.strip().lower()
    unusable = not _MEDIA_TYPE.fullmatch(declared) or declared.startswith("multipart/")
    media_type = "application/octet-stream" if unusable else declared
    content_id = _CONTENT_ID.sub("", file.content_id)[:200]
    name = encode_rfc2231(clean_line(file.name, 200), "utf-8")
    where = f"{'inline' if content_id else 'attachment'}; filename*={name}"
    more = f"Content-ID: <{content_id}>\n" if content_id else ""
    return _part(media_type, file.content, f"Content-Disposition: {where}\n{more}")


def _part(media_type: str, content: bytes, more: str = "") -> bytes:
    head = f"Content-Type: {media_type}\n{more}Content-Transfer-Encoding: base64\n\n"
    return head.encode() + encodebytes(content)


def _joined(kind: str, parts: Sequence[bytes]) -> bytes:
    """Several parts as a multipart, a single one as it is."""
    if len(parts) == 1:
        return parts[0]
    boundary = _boundary(parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary.decode()}"\n\n'.encode()
    pieces = [piece for part in parts for piece in (b"--", boundary, b"\n", part, b"\n")]
    return b"".join([head, *pieces, b"--", boundary, b"--\n"])


def _boundary(parts: Sequence[bytes]) -> bytes:
    """Made from the content: nothing inside can look like it, and a repeat has the same."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return b"=_" + digest.hexdigest()[:40].encode()
