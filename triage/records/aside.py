"""What came in and is on no request: automatic replies, bounces, what could not be read."""

from __future__ import annotations

import zlib
from typing import Any

import sqlalchemy as sa

from triage.domain import Frozen
from triage.records import tables
from triage.records.database import Connected
from triage.records.received import ReceivedInfo

KINDS = ("automatic", "bounce", "refused")
_PACKED_HEAD = 64 * 1024  # bytes looked at for the headers, before unpacking
_HEAD = 64 * 1024  # bytes, unpacked

_V = tables.received.c
_ON_NONE = (_V.kind.in_(KINDS), _V.request_id == "")


class AsideMail(Frozen):
    """One thing that was put aside, and the start of it for its headers."""

    info: ReceivedInfo
    head: bytes


class Aside(Connected):
    """Lists what was put aside."""

    def aside(self, limit: int = 50, before: int | None = None) -> list[AsideMail]:
        """The newest first; `before`: only with a smaller id."""
        columns: list[Any] = [_V[name] for name in ReceivedInfo.model_fields]
        columns.append(sa.func.substr(_V.raw, 1, _PACKED_HEAD).label("start"))
        query = sa.select(*columns).where(*_ON_NONE).order_by(_V.id.desc()).limit(limit)
        if before is not None:
            query = query.where(_V.id < before)
        with self._reading() as connection:
            return [_aside(row) for row in connection.execute(query)]

    def has_aside(self) -> bool:
        """True when there is something to list."""
        with self._reading() as connection:
            return connection.execute(sa.select(_V.id).where(*_ON_NONE).limit(1)).first() is not None


def _aside(row: sa.Row[Any]) -> AsideMail:
    values = dict(row._mapping)
    head = zlib.decompressobj().decompress(bytes(values.pop("start")), _HEAD)
    return AsideMail(info=ReceivedInfo.model_validate(values), head=head)
