"""Mails delivered, repeated, out of order, by mailbox and by SMTP, with crashes in between: in the end each
is on exactly one request, none is lost and none is doubled."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tests.small import SmallServices, small_services
from triage.domain import Accepted
from triage.intake.handed_over import reply_to
from triage.intake.imap import Mailbox
from triage.intake.polling import Poller

# Where a process may end; what a crash in "job" rolls back was never committed.
CRASHES = ("", "job", "after taking", "before moving", "after moving")


class Crash(BaseException):
    """The process is gone."""


class PaperMailbox:
    """As much of a mailbox as the poller needs, in memory; outlives a crash, as a server does."""

    name = "paper"
    validity = 1

    def __init__(self) -> None:
        self.inbox: dict[int, bytes] = {}
        self.filed: list[bytes] = []
        self.uids = itertools.count(1)
        self.newest = 0
        self.crash = ""

    def put(self, raw: bytes) -> None:
        self.newest = next(self.uids)
        self.inbox[self.newest] = raw

    def __enter__(self) -> PaperMailbox:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def after(self, uid: int) -> list[int]:
        return sorted(found for found in self.inbox if found > uid)

    def unread(self) -> list[int]:
        return sorted(self.inbox)

    def unread_or_since(self, at: datetime) -> list[int]:
        return sorted(self.inbox)

    def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        return {uid: len(self.inbox[uid]) for uid in uids if uid in self.inbox}

    def raw(self, uid: int) -> bytes | None:
        return self.inbox.get(uid)

    def move(self, uid: int, folder: str) -> None:
        if self.crash == "before moving":
            raise Crash
        if uid in self.inbox:  # a server says OK to a UID that is gone
            self.filed.append(self.inbox.pop(uid))
        if self.crash == "after moving":
            raise Crash


class CrashingStore:
    """The records, until the process ends."""

    def __init__(self, services: SmallServices, crash: str) -> None:
        self._store, self._crash = services.store, crash

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def accept(self, request: Any, enqueue: Callable[..., None], **options: Any) -> Accepted:
        def crashing(*parts: Any) -> None:
            enqueue(*parts)
            if self._crash == "job":
                raise Crash

        accepted = self._store.accept(request, crashing, **options)
        self._end()
        return accepted

    def add_mail(self, *parts: Any, **options: Any) -> Any:
        if self._crash == "job":
            raise Crash
        record = self._store.add_mail(*parts, **options)
        self._end()
        return record

    def _end(self) -> None:
        if self._crash == "after taking":
            raise Crash


class WaysIn(RuleBasedStateMachine):
    """Mails on their way in."""

    empty = Path()  # a migrated database
    sent = Bundle("sent")  # every mail anybody wrote
    waiting = Bundle("waiting")  # what a mail server has to hand over by SMTP and may have to repeat

    @initialize()
    def begin(self) -> None:
        self.opened = ExitStack()
        folder = Path(self.opened.enter_context(tempfile.TemporaryDirectory()))
        shutil.copy(self.empty, folder / "triage.db")
        said = {
            "mail_from": "triage@ours.example",
            "imap_done_folder": "Done",
            "team_domains": "ours.example",
        }
        self.services = self.opened.enter_context(small_services(folder, **said))
        self.mailbox = PaperMailbox()
        self.numbers = itertools.count(1)
        self.written: dict[bytes, str] = {}
        self.unconfirmed: list[bytes] = []

    @rule(target=sent, named=st.booleans(), automatic=st.booleans())
    def write(self, named: bool, automatic: bool) -> bytes:
        return self._write(named=named, automatic=automatic and named)

    @rule(target=sent, to=sent)
    def reply(self, to: bytes) -> bytes:
        """Perhaps to a mail that is not here yet: then it comes before what it answers."""
        return self._write(named=True, automatic=False, answers=self.written[to])

    def _write(self, *, named: bool, automatic: bool, answers: str = "") -> bytes:
        number = next(self.numbers)
        key = f"<mail-{number}@customer.example>" if named else ""
        lines = [
            "From: kim@customer.example",
            "To: triage@ours.example",
            f"Subject: Wish number {number}",
            *([f"Message-ID: {key}"] if key else []),
            *([f"In-Reply-To: {answers}"] if answers else []),
            *(["Auto-Submitted: auto-replied"] if automatic else []),
        ]
        raw = "\r\n".join(
            [*lines, "", f"Please add the export number {number} for our branches.", ""]
        ).encode()
        self.written[raw] = key
        return raw

    @rule(mail=sent)
    def deliver(self, mail: bytes) -> None:
        """Into the mailbox, perhaps once more."""
        self.mailbox.put(mail)

    @rule(target=waiting, mail=sent)
    def queue(self, mail: bytes) -> bytes:
        self.unconfirmed.append(mail)
        return mail

    @rule(crash=st.sampled_from(CRASHES))
    def look(self, crash: str) -> None:
        self.mailbox.crash = crash
        with suppress(Crash):
            Poller(self._process(crash), cast("Mailbox", self.mailbox)).look()
        self.mailbox.crash = ""

    @rule(mail=consumes(waiting), crash=st.sampled_from(CRASHES))
    def hand_over(self, mail: bytes, crash: str) -> None:
        """Its server forgets a mail when it was confirmed, and repeats it otherwise."""
        with suppress(Crash):
            reply = reply_to(self._process(crash), mail, channel="smtp", sender="kim@customer.example")
            assert reply.startswith("250 ")
            self.unconfirmed.remove(mail)

    def _process(self, crash: str) -> Any:
        """The services of a process that is going to end there."""
        services = self.services
        return SmallServices(
            settings=services.settings,
            store=cast("Any", CrashingStore(services, crash)),
            people=services.people,
            letters=services.letters,
            outgoing=services.outgoing,
            teams=services.teams,
            engine=services.engine,
        )

    def teardown(self) -> None:
        if not hasattr(self, "services"):
            return
        with self.opened:
            arrived = {*self.mailbox.inbox.values(), *self.mailbox.filed, *self.unconfirmed, *self._known()}
            for mail in list(self.unconfirmed):
                self.hand_over(mail, "")
            self.look("")
            assert self.mailbox.inbox == {}
            self._check(arrived)

    def _known(self) -> set[bytes]:
        """The mails the records have, as they were written."""
        kept = self.services.store.received(("request", "reply", "automatic", "refused"), limit=1000)
        raws = [self.services.store.raw(info.id) for info in kept]
        return {mail for mail in self.written for raw in raws if raw.endswith(mail)}

    def _check(self, arrived: set[bytes]) -> None:
        store = self.services.store
        assert store.received(("refused",)) == []
        kept = store.received(("request", "reply", "automatic"), limit=1000)
        raws = [store.raw(info.id) for info in kept]
        for mail in arrived:
            assert sum(raw.endswith(mail) for raw in raws) == 1
        assert len(kept) == len(arrived)
        records = store.records(limit=1000)
        assert len(records) == sum(info.kind == "request" for info in kept)
        later = [mail for record in records for mail in store.later_mails(record.request.id)]
        assert len(later) == sum(info.kind != "request" and bool(info.request_id) for info in kept)
        assert len(set(self.services.engine.processed)) >= len(records)


@pytest.fixture
def machine(empty_records: Path) -> type[WaysIn]:
    return type("WaysInHere", (WaysIn,), {"empty": empty_records})


def test_every_mail_ends_on_one_request(machine: type[WaysIn]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=20))
