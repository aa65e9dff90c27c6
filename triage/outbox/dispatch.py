"""Keeps the channels of the outbox going beside each other, so that a slow one holds up nobody else."""

from __future__ import annotations

import logging
import random
import threading
import time
from datetime import datetime, timedelta
from functools import partial

from triage.domain import OutChannel
from triage.outbox.deliver import Delivery, send_due
from triage.ports import Sender
from triage.records.outgoing import Outgoing

log = logging.getLogger(__name__)


class Dispatch:
    """Sends what is due, each channel in a thread of its own that lives for one batch."""

    def __init__(self, outgoing: Outgoing, sender: Sender) -> None:
        self._outgoing = outgoing
        self._sender = sender
        self._threads: dict[OutChannel, threading.Thread] = {}
        self._not_before: dict[OutChannel, datetime] = {}  # a server asked us to stay away until then
        self._stopping = threading.Event()

    def begin(self, now: datetime) -> None:
        """Start a batch on every channel that has something due and none running; returns at once."""
        for channel in self._outgoing.channels_due(now):
            running = self._threads.get(channel)
            waits = now < self._not_before.get(channel, now)
            if waits or self._stopping.is_set() or (running and running.is_alive()):
                continue
            batch = partial(self._run, channel, now)
            thread = threading.Thread(target=batch, name=f"outbox-{channel}", daemon=True)
            self._threads[channel] = thread
            thread.start()

    def stop(self, patience: float = 30.0) -> None:
        """Let each channel finish the message in hand, for so many seconds altogether."""
        self._stopping.set()
        deadline = time.monotonic() + patience
        for thread in self._threads.values():
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _run(self, channel: OutChannel, now: datetime) -> None:
        try:
            done = send_due(
                self._outgoing, self._sender, now, channel, go_on=self._going, spread=random.random
            )
        except Exception:  # the database is away: the next round tries again
            log.exception("outbox: the batch of %s failed", channel)
            done = Delivery()
        if done.wait > timedelta():
            self._not_before[channel] = now + done.wait

    def _going(self) -> bool:
        return not self._stopping.is_set()
