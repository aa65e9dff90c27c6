"""Mails for the intake tests: fixture files, and small ones built in place."""

from __future__ import annotations

from pathlib import Path

from triage.domain import Request
from triage.intake.email import parse_mail

FOLDER = Path(__file__).parent.parent / "fixtures" / "emails"
OURS = frozenset({"fieldnote.example"})


def fixture(name: str, own_domains: frozenset[str] = OURS) -> Request:
    """The parsed fixture `name`.eml."""
    return parse_mail((FOLDER / f"{name}.eml").read_bytes(), own_domains=own_domains)


def mail(body: str = "Please add an export.", *headers: str, sender: str = "ana@kestrel.example") -> bytes:
    """A small mail; `headers` are complete lines."""
    lines = (f"From: {sender}", "To: sales@fieldnote.example", "Subject: Export", "Message-ID: <m@x.example>")
    return "\n".join([*lines, *headers, "", body]).encode()
