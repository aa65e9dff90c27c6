"""One look into the mailbox: what is new is listed, taken, and moved away.

    list by UID ─▶ note it as begun ─▶ arrive.accept_mail (commit) ─▶ move or mark ─▶ note it as done

A mail is moved only when the database has it, so a crash anywhere leaves it to be taken again, and `arrive`
knows it again. What cannot be read is kept as refused; what broke three times likewise. Neither holds up
the next mail.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from triage.domain import Frozen
from triage.errors import BadMail, TooLarge, TriageError, Unreachable
from triage.intake import arrive
from triage.intake.limits import MAX_MAIL
from triage.intake.trace import with_message_id

if TYPE_CHECKING:
    from triage.bootstrap import Services
    from triage.intake.imap import Mailbox
    from triage.records.store import Store

MOST_TRIES = 3
BATCH = 100  # mails listed at once; what is left is looked at without a pause
PLACE = "imap place"  # its name in the memory of the records

Value = TypeVar("Value")

log = logging.getLogger(__name__)


class Place(Frozen):
    """How far the folder was read."""

    mailbox: str = ""
    validity: int = 0
    last: int = 0  # the highest UID that was listed
    begun: dict[int, int] = Field(default_factory=dict)  # tries so far of what is not taken yet, by UID
    to_file: dict[int, bool] = Field(default_factory=dict)  # taken and not moved yet; True: refused
    at: datetime | None = None

    def trying(self, uid: int, tries: int) -> Place:
        """A mail has been tried so often."""
        return self.model_copy(update={"begun": {**self.begun, uid: tries}})

    def postponed(self, uid: int, tries: int) -> Place:
        """Likewise, and it is the last in line."""
        return self.model_copy(update={"begun": {**_without(self.begun, uid), uid: tries}})

    def taken(self, uid: int, *, refused: bool) -> Place:
        """The database has it."""
        to_file = {**self.to_file, uid: refused}
        return self.model_copy(update={"begun": _without(self.begun, uid), "to_file": to_file})

    def filed(self, uid: int) -> Place:
        """Nothing is left to do about it."""
        return self.model_copy(update={"to_file": _without(self.to_file, uid)})


def last_place(store: Store) -> Place:
    """Where the last look ended; an empty place before the first."""
    kept = store.remembered(PLACE)
    return Place.model_validate_json(kept) if kept else Place()


class Round:
    """One look. Its place is saved before each mail, so that one that ends the process is counted too."""

    def __init__(self, services: Services, mailbox: Mailbox, stopping: threading.Event, place: Place) -> None:
        self._services = services
        self._mailbox = mailbox
        self._stopping = stopping
        self.place = place
        self.mails = 0
        self.refused = 0
        self.trouble = ""

    def run(self) -> bool:
        """Take what is new; True when there is more."""
        with self._mailbox as mailbox:
            more = self._list(mailbox)
            for uid in list(self.place.to_file):
                self._file(uid)
            sizes = mailbox.sizes(self.place.begun)
            still_there = {uid: tries for uid, tries in self.place.begun.items() if uid in sizes}
            self.place = self.place.model_copy(update={"begun": still_there})
            try:
                for uid in still_there:
                    if self._stopping.is_set():
                        break
                    self._take(uid, sizes[uid])
            finally:
                self._save()
            return more and not self._stopping.is_set()

    def _list(self, mailbox: Mailbox) -> bool:
        """Note what is new as begun; True when there is more than that.

        A folder that is seen for the first time is read from what is unread there, so that years of old
        mail do not become requests. One whose UIDs were given out anew likewise, and from the day before
        the last look on: what was taken before is known again.
        """
        place = self.place
        if (place.mailbox, place.validity) == (mailbox.name, mailbox.validity):
            new = mailbox.after(place.last)
            begun = place.begun | dict.fromkeys(new[:BATCH], 0)
            last = new[:BATCH][-1] if new else place.last
            self.place = place.model_copy(update={"begun": begun, "last": last})
            return len(new) > BATCH
        since = place.at if place.mailbox == mailbox.name else None
        found = mailbox.unread_or_since(since) if since else mailbox.unread()
        self.place = Place(
            mailbox=mailbox.name,
            validity=mailbox.validity,
            last=mailbox.newest,
            begun=dict.fromkeys(found, 0),
        )
        return False

    def _take(self, uid: int, size: int) -> None:
        tries = self.place.begun[uid]
        self.place = self.place.trying(uid, tries + 1)
        self._save()
        try:
            refused = self._keep(uid, size, tries)
        except Unreachable:  # no fault of the mail; next time it is the last, should it be too much to fetch
            self.place = self.place.postponed(uid, tries)
            raise
        except Exception as error:  # a fault in reading it: not this mail, but perhaps the next, goes well
            self.place = self.place.trying(uid, tries)
            self._save()  # raises when it is the database that is away: then no mail is to blame
            self.place = self.place.trying(uid, tries + 1)
            log.warning("a mail could not be taken: uid=%d try=%d %s", uid, tries + 1, type(error).__name__)
            log.debug("how it failed", exc_info=error)
            return
        self.place = self.place.taken(uid, refused=refused)
        self._file(uid)

    def _keep(self, uid: int, size: int, tries: int) -> bool:
        """The database has the mail when this returns; True when it was refused."""
        if size > MAX_MAIL:
            head = self._mailbox.head(uid)
            return head is not None and self._refuse(head, _too_large(size))
        raw = self._mailbox.raw(uid)
        if raw is None:
            return False
        raw = with_message_id(raw)
        if tries >= MOST_TRIES:
            broken = BadMail(f"Reading the mail failed {tries} times.", "Look at it as text.")
            return self._refuse(raw, broken)
        try:
            arrival = arrive.accept_mail(self._services, raw, channel="imap")
        except TriageError as error:
            if not error.permanent:
                raise
            return self._refuse(raw, error)
        self.mails += 1
        log.info("mail taken channel=imap outcome=%s request=%s", arrival.outcome, arrival.request_id)
        return False

    def _refuse(self, raw: bytes, error: TriageError) -> bool:
        number = arrive.refuse_mail(self._services, raw, error, channel="imap")
        self.mails += 1
        self.refused += 1
        log.warning("mail refused channel=imap received=%d %s", number, type(error).__name__)
        return True

    def _file(self, uid: int) -> None:
        """Move or mark it. Trouble with that is said and tried again; the mail itself is safe."""
        settings = self._services.settings
        folder = settings.imap_refused_folder if self.place.to_file[uid] else settings.imap_done_folder
        try:
            if folder:
                self._mailbox.move(uid, folder)
            else:
                self._mailbox.mark_read(uid)
        except Unreachable as error:
            self.trouble = str(error)
            return
        self.place = self.place.filed(uid)

    def _save(self) -> None:
        place = self.place.model_copy(update={"at": datetime.now(UTC)})
        self._services.store.put_memory(PLACE, place.model_dump_json())


def _without(values: dict[int, Value], uid: int) -> dict[int, Value]:
    return {key: value for key, value in values.items() if key != uid}


def _too_large(size: int) -> TooLarge:
    return TooLarge(
        f"The mail is {size / 1024 / 1024:.1f} MB; at most {MAX_MAIL // 1024 // 1024} MB are read.",
        "It stays on the mail server; these are its headers. Its sender was told nothing.",
    )
