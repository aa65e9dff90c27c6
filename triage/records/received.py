"""What came in from outside, as it came; which request it belongs to; and what the service remembers of
itself: its own keys, how far a mailbox was read."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from triage.domain import Attachment, Frozen, LaterMail
from triage.errors import NotFound
from triage.records import tables
from triage.records.database import Connected, utc_now
from triage.records.text import as_json, clean

Aside = Literal["automatic", "bounce", "refused"]

_V = tables.received.c
_A = tables.attachments.c
_T = tables.thread_ids.c
_M = tables.memory.c
_PACKING = 1  # zlib level: mails are packed while their sender waits
_INFO = (_V.id, _V.request_id, _V.kind, _V.channel, _V.message_id, _V.media_type, _V.size, _V.trouble, _V.at)

_COPIES = (
    sa.select(*_INFO)
    .where(_V.message_id == sa.bindparam("key"), _V.digest == sa.bindparam("of"))
    .order_by(_V.id)
    .limit(1)
)  # made once, as it is asked for every mail that comes in


@dataclass(frozen=True)
class Incoming:
    """Something as it came. `digest` tells a repeat of the same Message-ID from another text under it."""

    raw: bytes
    channel: str  # "http", "imap", "smtp", "postmark", …
    message_id: str = ""
    digest: str = ""
    media_type: str = "message/rfc822"
    files: tuple[Attachment, ...] = ()
    threads: tuple[str, ...] = ()  # what later mails will name that belong to it, beside its Message-ID
    put_aside: int = 0  # its id, when it was put aside before


class ReceivedInfo(Frozen):
    """One thing that came in, without its bytes."""

    id: int
    request_id: str  # "" while it is on no request
    kind: Literal["request", "reply", "automatic", "bounce", "refused"]
    channel: str
    message_id: str
    media_type: str
    size: int  # bytes
    trouble: str  # why it was put aside
    at: datetime


class StoredFile(Frozen):
    """A file that came with a request. `text` is None until somebody has read it."""

    received_id: int
    position: int  # in its mail, from 0: the row of `ParsedMail.files`
    name: str
    media_type: str
    size: int  # bytes
    text: str | None
    trouble: str


class Received(Connected):
    """Keeps mails and calls as they came."""

    def __init__(self, engine: sa.Engine, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(engine, now)
        self._own_keys: dict[str, bytes] = {}  # they never change

    def put_aside(self, incoming: Incoming, kind: Aside, trouble: str, request_id: str = "") -> int:
        """Keep what became no request and no reply, with the reason; returns its id.

        A repeat of the same mail gives the id of the first.
        """
        with self._writing() as connection:
            earlier = earlier_copy(connection, incoming)
            if earlier:
                return earlier.id
            return write_received(connection, incoming, kind, request_id, self._now(), trouble=trouble)

    def received(
        self, kinds: Sequence[str], limit: int = 50, before: int | None = None
    ) -> list[ReceivedInfo]:
        """What came in of these kinds, newest first; `before`: only with a smaller id."""
        query = sa.select(*_INFO).where(_V.kind.in_(kinds)).order_by(_V.id.desc()).limit(limit)
        if before is not None:
            query = query.where(_V.id < before)
        with self._reading() as connection:
            return [ReceivedInfo.model_validate(dict(row._mapping)) for row in connection.execute(query)]

    def received_info(self, received_id: int) -> ReceivedInfo:
        """One of them. Raises NotFound."""
        with self._reading() as connection:
            row = connection.execute(sa.select(*_INFO).where(_V.id == received_id)).one_or_none()
        if row is None:
            raise _unknown(received_id)
        return ReceivedInfo.model_validate(dict(row._mapping))

    def raw(self, received_id: int) -> bytes:
        """The bytes as they came. Raises NotFound."""
        with self._reading() as connection:
            packed = connection.execute(sa.select(_V.raw).where(_V.id == received_id)).scalar_one_or_none()
        if packed is None:
            raise _unknown(received_id)
        return zlib.decompress(packed)

    def request_of(self, message_ids: Sequence[str]) -> str:
        """The request that the first known of these Message-IDs belongs to, "" when none is known."""
        wanted = [clean(key) for key in message_ids if key]
        if not wanted:
            return ""
        query = sa.select(tables.thread_ids).where(_T.message_id.in_(wanted))
        with self._reading() as connection:
            known = {row.message_id: row.request_id for row in connection.execute(query)}
        return next((known[key] for key in wanted if key in known), "")

    def copy_of(self, incoming: Incoming) -> ReceivedInfo | None:
        """The same mail, when it came in before."""
        with self._reading() as connection:
            return earlier_copy(connection, incoming)

    def later_mails(self, request_id: str) -> list[LaterMail]:
        """What was written on a request after it was accepted, oldest first, with the words of the files."""
        with self._reading() as connection:
            return read_later(connection, request_id)

    def stored_files(self, request_id: str) -> list[StoredFile]:
        """The files of a request, in the order they came."""
        with self._reading() as connection:
            return read_files(connection, request_id)

    def put_file_text(self, received_id: int, position: int, text: str, trouble: str = "") -> None:
        """Keep the words found in a file, or why there are none."""
        change = sa.update(tables.attachments).where(_A.received_id == received_id, _A.position == position)
        with self._writing() as connection:
            connection.execute(change.values(text=text, trouble=trouble))

    def remembered(self, name: str) -> str:
        """What was put under this name, "" when nothing was."""
        with self._reading() as connection:
            return _remembered(connection, name)

    def put_memory(self, name: str, value: str) -> None:
        """Remember something small under a name."""
        with self._writing() as connection:
            change = sa.update(tables.memory).where(_M.name == name).values(value=value)
            if not connection.execute(change).rowcount:
                connection.execute(sa.insert(tables.memory).values(name=name, value=value))

    def own_key(self, name: str) -> bytes:
        """32 random bytes of our own, made at the first use and the same in every process."""
        if name not in self._own_keys:
            self._own_keys[name] = bytes.fromhex(self._kept_key(f"key:{name}"))
        return self._own_keys[name]

    def _kept_key(self, name: str) -> str:
        known = self.remembered(name)
        if known:
            return known
        with self._writing() as connection:
            known = _remembered(connection, name)
            if not known:
                known = secrets.token_hex(32)
                connection.execute(sa.insert(tables.memory), {"name": name, "value": known})
        return known


def write_received(
    connection: sa.Connection,
    incoming: Incoming,
    kind: str,
    request_id: str,
    at: datetime,
    *,
    trouble: str = "",
) -> int:
    """Store it with its files, and know its Message-ID when it is on a request; returns its id."""
    if request_id:
        know_thread(connection, [incoming.message_id], request_id)
        _hand_on(connection, incoming.threads, request_id)
    if incoming.put_aside:
        _put_on(connection, incoming.put_aside, kind, request_id)
        return incoming.put_aside
    values = {
        "request_id": request_id,
        "kind": kind,
        "channel": incoming.channel,
        "message_id": incoming.message_id,
        "digest": incoming.digest,
        "media_type": incoming.media_type,
        "size": len(incoming.raw),
        "raw": zlib.compress(incoming.raw, _PACKING),
        "trouble": trouble,
        "at": at,
    }
    key = connection.execute(sa.insert(tables.received), values).inserted_primary_key
    received_id = int(key[0]) if key else 0
    rows = [
        {
            "received_id": received_id,
            "position": position,
            "request_id": request_id,
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
        }
        for position, file in enumerate(incoming.files)
    ]
    if rows:
        connection.execute(sa.insert(tables.attachments), rows)
    return received_id


def write_later(connection: sa.Connection, later: LaterMail) -> None:
    """Keep what a reply says; its files are rows of their own."""
    bare = later.model_copy(update={"attachments": ()})
    connection.execute(sa.update(tables.received).where(_V.id == later.id).values(payload=as_json(bare)))


def earlier_copy(connection: sa.Connection, incoming: Incoming) -> ReceivedInfo | None:
    """The same mail, when it came in before; one without a Message-ID is never taken for a repeat."""
    if not incoming.message_id:
        return None
    same = {"key": clean(incoming.message_id), "of": incoming.digest}
    row = connection.execute(_COPIES, same).one_or_none()
    return ReceivedInfo.model_validate(dict(row._mapping)) if row else None


def know_thread(connection: sa.Connection, message_ids: Sequence[str], request_id: str) -> None:
    """From now on answers to these mails belong to the request; the first that names an id keeps it."""
    rows = [{"message_id": clean(key), "request_id": request_id} for key in message_ids if key]
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    if rows:
        connection.execute(insert(tables.thread_ids).on_conflict_do_nothing(), rows)


def _hand_on(connection: sa.Connection, threads: Sequence[str], request_id: str) -> None:
    """Answers to these belong to this request from now on, whichever had them before."""
    keys = list(dict.fromkeys(clean(key) for key in threads if key))
    if keys:
        change = sa.update(tables.thread_ids).where(_T.message_id.in_(keys))
        connection.execute(change.values(request_id=request_id))
        know_thread(connection, keys, request_id)


def read_files(connection: sa.Connection, request_id: str) -> list[StoredFile]:
    """The files of a request, in the order they came."""
    columns = (_A.received_id, _A.position, _A.name, _A.media_type, _A.size, _A.text, _A.trouble)
    query = sa.select(*columns).where(_A.request_id == request_id)
    rows = connection.execute(query.order_by(_A.received_id, _A.position))
    return [StoredFile.model_validate(dict(row._mapping)) for row in rows]


def read_later(connection: sa.Connection, request_id: str) -> list[LaterMail]:
    """Replies in the order they came, with the words of their files."""
    query = sa.select(_V.id, _V.payload).where(_V.request_id == request_id, _V.payload != "")
    rows = connection.execute(query.order_by(_V.id)).all()
    if not rows:
        return []
    files = read_files(connection, request_id)
    return [
        LaterMail.model_validate_json(row.payload).model_copy(
            update={"attachments": as_attachments([file for file in files if file.received_id == row.id])}
        )
        for row in rows
    ]


def as_attachments(files: Sequence[StoredFile]) -> tuple[Attachment, ...]:
    """Stored files as the domain sees them."""
    return tuple(
        Attachment(
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            text=file.text or "",
            trouble=file.trouble,
        )
        for file in files
    )


def _put_on(connection: sa.Connection, received_id: int, kind: str, request_id: str) -> None:
    """What was put aside is on a request after all."""
    change = sa.update(tables.received).where(_V.id == received_id)
    connection.execute(change.values(kind=kind, request_id=request_id, trouble=""))
    files = sa.update(tables.attachments).where(_A.received_id == received_id)
    connection.execute(files.values(request_id=request_id))


def _remembered(connection: sa.Connection, name: str) -> str:
    return connection.execute(sa.select(_M.value).where(_M.name == name)).scalar_one_or_none() or ""


def _unknown(received_id: Any) -> NotFound:
    return NotFound(f"Nothing was received under the number {received_id}.", "Look at the list again.")
