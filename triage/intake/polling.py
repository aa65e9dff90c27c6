"""Looks into the mailbox every minute, in a thread beside the drafting; what one look does is in `taking`."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from triage.domain import Frozen
from triage.errors import TriageError
from triage.intake.imap import Mailbox
from triage.intake.taking import Place, Round, last_place

if TYPE_CHECKING:
    from triage.bootstrap import Services
    from triage.records.store import Store
    from triage.settings import Settings

GRACE_S = 4.0  # for the mail in hand when the poller is stopped, and once more for a wait that is broken off
LONGEST_PAUSE_S = 900.0  # between two looks at a server that is away
LOOK = "imap look"  # its name in the memory of the records

log = logging.getLogger(__name__)


class Look(Frozen):
    """What the last look into the mailbox came to."""

    at: datetime
    mails: int = 0
    refused: int = 0
    trouble: str = ""
    last_mail: datetime | None = None

    def said(self, now: datetime) -> str:
        """In words, such as "looked 2 minutes ago, 3 mails"."""
        mails = f"{self.mails or 'no'} new mail{'s' * (self.mails != 1)}"
        refused = f", {self.refused} of them refused" if self.refused else ""
        return f"looked {ago(now - self.at)}, {self.trouble or mails + refused}"


def last_look(store: Store) -> Look | None:
    """The last look of whichever process does the looking; None before the first."""
    kept = store.remembered(LOOK)
    return Look.model_validate_json(kept) if kept else None


def ago(time: timedelta) -> str:
    """ "just now", "5 minutes ago", "3 hours ago", "2 days ago"."""
    minutes = int(time.total_seconds() // 60)
    for size, noun in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return f"{minutes // size} {noun}{'s' * (minutes // size != 1)} ago"
    return "just now"


class Poller:
    """Takes mails from the mailbox of the settings, until `stop`."""

    def __init__(self, services: Services, mailbox: Mailbox | None = None) -> None:
        """Nothing is contacted yet. Raises SetupError when the settings cannot lead into a mailbox."""
        self._services = services
        self._mailbox = mailbox or Mailbox(services.settings)
        self._stopping = threading.Event()
        self._troubled = ""
        self._place: Place | None = None  # after a look that broke off: the records may not have it
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)

    def start(self) -> None:
        """Look now and then every TRIAGE_IMAP_EVERY_S seconds, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the mail in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=GRACE_S)
            self._mailbox.break_off()
            self._thread.join(timeout=GRACE_S)

    def _run(self) -> None:
        every, failures = self._services.settings.imap_every_s, 0
        while not self._stopping.is_set():
            try:
                more = self.look()
                failures = 0
            except Exception as error:  # the next look may find the server or the database well again
                more, failures = False, failures + 1
                self._say(_trouble_of(error), error)
            if not more:
                self._stopping.wait(pause_after(failures, every))

    def look(self) -> bool:
        """Take what is new; True when there is more than was taken at once.

        Raises:
            Unreachable: the mailbox does not do what it is asked.
            Exception: whatever the database raises; nothing it has not confirmed is moved.
        """
        began = datetime.now(UTC)
        place = self._place or last_place(self._services.store)
        look = Round(self._services, self._mailbox, self._stopping, place)
        trouble, self._place = "", None
        try:
            more = look.run()
            trouble = look.trouble
        except Exception as error:
            trouble, self._place = _trouble_of(error), look.place
            raise
        finally:
            self._remember(began, look, trouble)
        self._say(trouble)
        return more

    def _remember(self, began: datetime, look: Round, trouble: str) -> None:
        store = self._services.store
        before = last_look(store)
        last_mail = began if look.mails else before.last_mail if before else None
        kept = Look(at=began, mails=look.mails, refused=look.refused, trouble=trouble, last_mail=last_mail)
        store.put_memory(LOOK, kept.model_dump_json())

    def _say(self, trouble: str, error: Exception | None = None) -> None:
        """One line for each trouble, not one for each look."""
        if trouble and trouble != self._troubled:
            log.warning("mail in: %s", trouble)
            log.debug("how it failed", exc_info=error)
        elif self._troubled and not trouble:
            log.info("mail in: the mailbox is well again")
        self._troubled = trouble


def _trouble_of(error: Exception) -> str:
    return str(error) if isinstance(error, TriageError) else f"Looking failed: {type(error).__name__}."


def pause_after(failures: int, every_s: float) -> float:
    """Seconds until the next look: twice as long after each failure, up to a quarter of an hour."""
    return max(every_s, min(every_s * 2.0 ** min(failures, 20), LONGEST_PAUSE_S))


def mailbox_name(settings: Settings) -> str:
    """How the mailbox is called on the settings page and by doctor."""
    return f"{settings.imap_folder} of {settings.imap_user} on {settings.imap_host}"
