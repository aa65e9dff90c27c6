"""What happens, as it happens: the trail as server-sent events for the inbox and the review page."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Annotated

import anyio
from anyio import to_thread
from fastapi import APIRouter, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.deps import PersonDep, ServicesDep, may_see
from triage.domain import Event, Frozen, Person, Role
from triage.errors import NotFound

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(tags=["events"])

POLL_SECONDS = 1.0
STREAM_SECONDS = 600.0  # then the browser comes back by itself and its sign-in is checked again
BATCH = 100
ID = re.compile(r"[0-9]{1,15}")


class EventView(Frozen):
    """What a page needs to know to refresh itself; the detail stays on the page."""

    request_id: str
    kind: str
    own: bool  # done by the person who follows


@router.get("/events", response_class=EventSourceResponse, summary="Follow what happens (server-sent events)")
async def follow(
    request: Request, services: ServicesDep, person: PersonDep, last_event_id: Annotated[str, Header()] = ""
) -> AsyncIterable[ServerSentEvent]:
    """Events after `Last-Event-ID`, or from now on; only about requests this person may see.

    FastAPI adds a comment every 15 seconds, so that proxies keep the connection open.
    """
    last_id = int(last_event_id) if ID.fullmatch(last_event_id) else await _newest(services)
    yield ServerSentEvent(comment="following", id=str(last_id), retry=2000)
    ends = time.monotonic() + STREAM_SECONDS
    while time.monotonic() < ends and not request.app.state.stopping.is_set():
        batch = await to_thread.run_sync(read_batch, services, person, last_id)
        for item in batch.visible:
            yield ServerSentEvent(
                id=str(item.id),
                event="change",
                data=EventView(
                    request_id=item.request_id, kind=item.kind, own=item.by.lower() == person.address.lower()
                ),
            )
        last_id = batch.last_id
        await anyio.sleep(POLL_SECONDS)


class Batch(Frozen):
    """Events after some id; `last_id` also counts those that this person may not see."""

    visible: tuple[Event, ...]
    last_id: int


def read_batch(services: Services, person: Person, last_id: int) -> Batch:
    """The next events, at most `BATCH` of them."""
    found = services.store.events_after(last_id, BATCH)
    shown = {name: _visible(services, person, name) for name in {event.request_id for event in found}}
    visible = tuple(event for event in found if shown[event.request_id])
    return Batch(visible=visible, last_id=found[-1].id if found else last_id)


def _visible(services: Services, person: Person, request_id: str) -> bool:
    if person.role is not Role.SUBMITTER:
        return True
    try:
        return may_see(person, services.store.record(request_id))
    except NotFound:
        return False


async def _newest(services: Services) -> int:
    return await to_thread.run_sync(services.store.last_event_id)
