"""One session with a mailbox over IMAP (RFC 3501, 6851, 4315): what is new, its bytes, where it is filed.

Messages are named by UID throughout and looked at with BODY.PEEK, so that nothing is marked as read before
the database has it.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from triage.errors import SetupError, Unreachable
from triage.intake.limits import MAX_HEADER_BLOCK
from triage.outbox.call import is_loopback

if TYPE_CHECKING:
    from imapclient import IMAPClient

    from triage.settings import Settings

CONNECT_S = 15.0
READ_S = 60.0  # for each wait on the server
_AT_ONCE = 200  # UIDs in one command: servers cap the length of its line


class Mailbox:
    """Opens the folder of the settings; a context manager.

    Every method raises `Unreachable` when the server is away, refuses the login or does not do what it was
    asked: all of that an operator can put right, so a later look may succeed.
    """

    def __init__(self, settings: Settings, *, readonly: bool = False) -> None:
        """Nothing is contacted yet.

        Raises:
            SetupError: no login, or plain text to a server that is not on this machine.
        """
        check_login(settings)
        self._settings = settings
        self._readonly = readonly
        self._client: IMAPClient | None = None
        self.validity = 0  # UIDs mean the same messages while this stays the same
        self.newest = 0  # the highest UID given out so far

    @property
    def name(self) -> str:
        """Which folder of whom this is."""
        settings = self._settings
        return f"{settings.imap_user}@{settings.imap_host}/{settings.imap_folder}"

    def __enter__(self) -> Mailbox:
        with self._trouble("could not be reached"):
            self._client = self._connect()
        try:
            self._login()
            self._select()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye."""
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(Exception):  # whatever a broken connection raises: it is over either way
            client.logout()
        with suppress(Exception):
            client.shutdown()

    def break_off(self) -> None:
        """End a wait of another thread on the server: it gets `Unreachable`."""
        client = self._client
        if client is not None:
            with suppress(OSError):
                client.socket().shutdown(socket.SHUT_RDWR)

    # --- looking ------------------------------------------------------------------------------------

    def after(self, uid: int) -> list[int]:
        """The UIDs above `uid`, oldest first."""
        # "n:*" names the newest message even when its UID is lower than n (RFC 3501, 6.4.8)
        return [found for found in self._search("UNDELETED", "UID", f"{uid + 1}:*") if found > uid]

    def unread(self) -> list[int]:
        """The UIDs of what nobody has read, oldest first."""
        return self._search("UNDELETED", "UNSEEN")

    def unread_or_since(self, at: datetime) -> list[int]:
        """Likewise, and of what came from the day before `at` on."""
        day = (at - timedelta(days=1)).date()
        return self._search("UNDELETED", "OR", "UNSEEN", "SINCE", day)

    def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        """Bytes by UID; a message that is gone is not in it."""
        wanted, found = list(uids), dict[int, int]()
        for start in range(0, len(wanted), _AT_ONCE):
            answer = self._fetch(wanted[start : start + _AT_ONCE], "RFC822.SIZE")
            found |= {uid: int(row[b"RFC822.SIZE"]) for uid, row in answer.items() if b"RFC822.SIZE" in row}
        return found

    def raw(self, uid: int) -> bytes | None:
        """The message as it came; None when it is gone."""
        return self._bytes(uid, "BODY.PEEK[]", b"BODY[]")

    def head(self, uid: int) -> bytes | None:
        """Its headers, the first 64 kB of them; None when it is gone."""
        head = self._bytes(uid, "BODY.PEEK[HEADER]", b"BODY[HEADER]")
        return head[:MAX_HEADER_BLOCK] if head is not None else None

    # --- filing -------------------------------------------------------------------------------------

    def mark_read(self, uid: int) -> None:
        """Set the Seen flag."""
        with self._trouble("did not mark a mail as read"):
            self._open.add_flags([uid], [rb"\Seen"], silent=True)

    def move(self, uid: int, folder: str) -> None:
        """Move it to another folder, which is made when it is not there; one that is gone is no error."""
        with self._trouble(f"did not move a mail to the folder “{folder}”"):
            client = self._open
            if not client.folder_exists(folder):
                client.create_folder(folder)
                client.subscribe_folder(folder)
            client.add_flags([uid], [rb"\Seen"], silent=True)
            if client.has_capability("MOVE"):
                client.move([uid], folder)
                return
            client.copy([uid], folder)
            client.delete_messages([uid], silent=True)
            if client.has_capability("UIDPLUS"):  # without it, EXPUNGE would take others' deleted mails too
                client.uid_expunge([uid])

    def missing_folders(self) -> list[str]:
        """The folders of the settings that are not there yet."""
        wanted = (self._settings.imap_done_folder, self._settings.imap_refused_folder)
        with self._trouble("did not list its folders"):
            return [name for name in dict.fromkeys(wanted) if name and not self._open.folder_exists(name)]

    # --- the connection -----------------------------------------------------------------------------

    @property
    def _open(self) -> IMAPClient:
        if self._client is None:
            raise Unreachable(
                "The connection to the mailbox is closed.", "It is opened again at the next look."
            )
        return self._client

    def _connect(self) -> IMAPClient:
        from imapclient import IMAPClient, SocketTimeout

        settings = self._settings
        context = ssl.create_default_context() if settings.imap_security != "none" else None
        client = IMAPClient(
            settings.imap_host,
            settings.imap_port,
            ssl=settings.imap_security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(CONNECT_S, READ_S),
        )
        if settings.imap_security == "starttls":
            try:
                client.starttls(context)
            except BaseException:
                with suppress(Exception):  # the socket may be closed already; the first error counts
                    client.shutdown()
                raise
        return client

    def _login(self) -> None:
        settings, token = self._settings, _token(self._settings)
        with self._trouble(f"refused the login of {settings.imap_user}", "Check user, password or token."):
            if token:
                self._open.oauth2_login(settings.imap_user, token)
            else:
                self._open.login(settings.imap_user, settings.imap_password.get_secret_value())

    def _select(self) -> None:
        folder = self._settings.imap_folder
        with self._trouble(f"has no folder “{folder}” to open", "Check TRIAGE_IMAP_FOLDER."):
            said = self._open.select_folder(folder, readonly=self._readonly)
            self.validity = int(said.get(b"UIDVALIDITY", 0))
            status = {} if b"UIDNEXT" in said else self._open.folder_status(folder, ["UIDNEXT"])
            self.newest = int({**said, **status}.get(b"UIDNEXT", 1)) - 1

    def _search(self, *criteria: str | date) -> list[int]:
        with self._trouble("did not say which mails are new"):
            return sorted(int(uid) for uid in self._open.search(list(criteria)))

    def _fetch(self, uids: list[int], what: str) -> dict[int, dict[bytes, Any]]:
        with self._trouble("did not hand a mail over"):
            return dict(self._open.fetch(uids, [what]))

    def _bytes(self, uid: int, what: str, key: bytes) -> bytes | None:
        value = self._fetch([uid], what).get(uid, {}).get(key)
        return bytes(value) if value is not None else None

    @contextmanager
    def _trouble(self, what: str, remedy: str = "It is tried again.") -> Iterator[None]:
        from imapclient.exceptions import IMAPClientError

        try:
            yield
        except (IMAPClientError, OSError, EOFError) as error:
            said = " ".join(str(error).split())[:200] or type(error).__name__
            raise Unreachable(f"The mail server {self._settings.imap_host} {what}: {said}", remedy) from error


def check_login(settings: Settings) -> None:
    """Raise SetupError when the settings cannot lead into a mailbox."""
    if not settings.imap_host:
        raise SetupError("TRIAGE_IMAP_HOST is empty.", "Name the mail server in it.")
    if not settings.imap_user:
        raise SetupError("TRIAGE_IMAP_USER is empty.", "Name the user of the mailbox in it.")
    if not settings.imap_password.get_secret_value() and settings.imap_token_file is None:
        raise SetupError(
            "The mailbox has neither TRIAGE_IMAP_PASSWORD nor TRIAGE_IMAP_TOKEN_FILE.",
            "Set one of them; Microsoft and Google ask for a token.",
        )
    if settings.imap_security == "none" and not is_loopback(settings.imap_host):
        raise SetupError(
            f"TRIAGE_IMAP_SECURITY is none, but {settings.imap_host} is not this machine.",
            "Set TRIAGE_IMAP_SECURITY to tls or starttls: mails must not travel in the open.",
        )


def _token(settings: Settings) -> str:
    """The access token, read afresh: whatever renews it writes the file again every hour."""
    if settings.imap_token_file is None:
        return ""
    try:
        return settings.imap_token_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreachable(
            f"TRIAGE_IMAP_TOKEN_FILE names {settings.imap_token_file}, which cannot be read: {error}.",
            "Let the program that renews the token write it there.",
        ) from error
