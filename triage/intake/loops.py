"""Mails that are no request: our own that came back, delivery reports, out-of-office replies (RFC 3834).

An automatic mail that carries news, such as the notification of a web form or a help desk, stays a
request; it only never gets an automatic answer (`outer.automatic_reason`).
"""

from __future__ import annotations

from triage.intake.email import ParsedMail
from triage.intake.headers import Headers
from triage.intake.outer import reply_sign
from triage.intake.plus import is_ours


def came_back(mail: ParsedMail, mail_from: str) -> bool:
    """True for a mail that we sent ourselves."""
    return is_ours(mail.tree.headers.mailbox("from").address, mail_from)


def auto_reply(headers: Headers) -> bool:
    """True for a reply that a program gave on its own, such as an out-of-office note."""
    submitted = headers.line("auto-submitted", 60).lower()
    precedence = headers.line("precedence", 60).lower()
    return submitted.startswith("auto-replied") or precedence == "auto_reply" or bool(reply_sign(headers))
