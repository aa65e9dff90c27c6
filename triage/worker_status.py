"""What a worker says of itself in the records, so that the pages of another process can show it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from triage.domain import Frozen
from triage.errors import TriageError

if TYPE_CHECKING:
    from triage.bootstrap import Services

EVERY_S = 5.0
FRESH = timedelta(seconds=30)  # a worker that has said nothing for so long is not there
_NAME = "worker"


class WorkerStatus(Frozen):
    """The worker that spoke last."""

    at: datetime
    process: int
    model: str  # of the embedding
    loaded: bool
    past: int = 0  # vectors in the index
    notes: int = 0
    trouble: str = ""  # why the index cannot be used
    remedy: str = ""


class Memory(Protocol):
    """The part of the records that is needed to read it."""

    def remembered(self, name: str) -> str:
        """What was put under this name, "" when nothing was."""


def say(services: Services, now: datetime) -> None:
    """Say that this worker is here."""
    encoder = services.encoder
    status = WorkerStatus(at=now, process=os.getpid(), model=encoder.name, loaded=encoder.ready)
    if encoder.ready:
        status = status.model_copy(update=_counted(services))
    services.store.put_memory(_NAME, status.model_dump_json())


def say_gone(services: Services) -> None:
    """Say that it stops, so that nobody waits for it."""
    services.store.put_memory(_NAME, "")


def worker_status(memory: Memory, now: datetime | None = None) -> WorkerStatus | None:
    """The worker that spoke within `FRESH`, if any did."""
    said = memory.remembered(_NAME)
    if not said:
        return None
    status = WorkerStatus.model_validate_json(said)
    return status if (now or datetime.now(UTC)) - status.at < FRESH else None


def _counted(services: Services) -> dict[str, object]:
    from triage.retrieval.index import collection_name

    try:
        past, notes = (
            services.index.count(collection_name(kind, services.encoder)) for kind in ("past", "note")
        )
    except TriageError as error:
        return {"trouble": error.message, "remedy": error.remedy}
    return {"past": past, "notes": notes}
