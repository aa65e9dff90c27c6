"""A Dovecot server for one test run, in a temporary folder, as an unprivileged user: IMAP and LMTP.

Every user exists and has the password PASSWORD; mailboxes are Maildir folders below `folder`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from imapclient import IMAPClient

PASSWORD = "secret-of-the-test"
ACCOUNT = "nobody"
PATIENCE_S = 30.0

_CONFIG = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{folder}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 50
auth_failure_delay = 0
mail_fsync = never
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  chroot =
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


@dataclass
class Dovecot:
    """The server, and how a test speaks with it."""

    folder: Path
    imap_port: int
    lmtp_port: int
    certificate: Path | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Run it; returns when it answers."""
        account = {"user": ACCOUNT, "group": "nogroup"} if os.geteuid() == 0 else {}
        for left in (self.folder / "run").glob("*.pid"):
            left.unlink()
        command = ["dovecot", "-F", "-c", str(self.folder / "dovecot.conf")]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **account
        )
        for port in (self.imap_port, self.lmtp_port):
            _until_answering(port, self._process, self.folder / "log")

    def stop(self) -> None:
        """Stop it and its helpers; every connection ends."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):  # sessions outlive the master otherwise
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=PATIENCE_S)
            self._process = None

    def deliver(self, user: str, raw: bytes, sender: str = "kim@customer.example") -> None:
        """Hand a mail in over LMTP, as a mail server does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as connection:
            connection.sendmail(sender, [user], raw)

    @contextmanager
    def client(self, user: str) -> Iterator[IMAPClient]:
        """A connection of that user's own, logged in."""
        with IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=PATIENCE_S) as client:
            client.login(user, PASSWORD)
            yield client

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """What lies in a folder, oldest first; nothing when there is no such folder."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def count(self, user: str, folder: str = "INBOX") -> int:
        """How many mails lie in a folder."""
        return len(self.mails(user, folder))


@contextmanager
def dovecot_server(*, tls: bool = False) -> Iterator[Dovecot]:
    """Runs a server; with `tls` it offers STARTTLS under a certificate of its own.

    Its folder is no folder of pytest's: those are closed to the account it runs under.
    """
    with tempfile.TemporaryDirectory(prefix="dovecot-") as name:
        server = Dovecot(Path(name), *_free_ports())
        server.folder.chmod(0o755)
        if tls:
            server.certificate = make_certificate(server.folder)
        _write_config(server)
        if os.geteuid() == 0:
            for path in (server.folder, *server.folder.iterdir()):
                shutil.chown(path, ACCOUNT, "nogroup")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _write_config(server: Dovecot) -> None:
    folder, own = server.folder, os.geteuid() != 0
    (folder / "mail").mkdir()
    cert = server.certificate
    text = _CONFIG.format(
        folder=folder,
        user=_name_of_user() if own else ACCOUNT,
        group=_name_of_group() if own else "nogroup",
        password=PASSWORD,
        imap=server.imap_port,
        lmtp=server.lmtp_port,
        ssl="yes" if cert else "no",
        certificate=f"ssl_cert = <{cert}\nssl_key = <{folder / 'key.pem'}" if cert else "",
    )
    (folder / "dovecot.conf").write_text(text, encoding="utf-8")


def _name_of_user() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


def _name_of_group() -> str:
    import grp

    return grp.getgrgid(os.getegid()).gr_name


def make_certificate(folder: Path) -> Path:
    """cert.pem for localhost in `folder`, signed by itself, with its key in key.pem; returns its path."""
    certificate = folder / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(certificate)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return certificate


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _until_answering(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as probe:
                assert probe.recv(4)
                return
        except (OSError, AssertionError):
            said = log.read_text(encoding="utf-8") if log.exists() else ""
            assert process.poll() is None, f"dovecot ended: {said}"
            assert time.monotonic() < deadline, f"dovecot does not answer: {said}"
            time.sleep(0.05)
