"""Caps on what a request body may weigh, enforced while it arrives."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Refused
from triage.errors import TooLarge

MAIL_BYTES = 25 * 1024 * 1024
OTHER_BYTES = 2 * 1024 * 1024  # a form or a JSON request with room to spare
WITH_MAILS = tuple(f"/intake/{way}" for way in ("email", "postmark", "mailgun", "sendgrid", "webhook"))
PATIENCE = 2  # read and drop up to this many times the cap, so that the sender gets to see the answer


class BodyLimit:
    """Counts a body while it is read; at the cap it keeps nothing more and ends in 413."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] == "http":
            receive = _counted(receive, limit_of(scope["path"]), _declared(scope))
        await self.app(scope, receive, send)


def limit_of(path: str) -> int:
    """The cap in bytes for a body sent to `path`: what is no mail is small, also before anybody has proven
    who they are."""
    return MAIL_BYTES if path.startswith(WITH_MAILS) else OTHER_BYTES


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdecimal() else 0


def _counted(receive: Receive, limit: int, declared: int) -> Receive:
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        if declared > limit * PATIENCE:
            raise _too_large(limit)
        message = await receive()
        seen += len(message.get("body", b""))
        if max(seen, declared) > limit:
            await _drop_rest(receive, message, limit * PATIENCE - seen)
            raise _too_large(limit)
        return message

    return counting


async def _drop_rest(receive: Receive, message: Message, budget: int) -> None:
    """Read on without keeping anything: a sender cut off in mid-body never reads our answer."""
    while message.get("more_body", False) and budget > 0:
        message = await receive()
        budget -= len(message.get("body", b""))


def _too_large(limit: int) -> Refused:
    return Refused(
        TooLarge(
            f"This is larger than the {limit // 1024 // 1024} MB that are taken here.",
            "Leave out attachments, or send a link to them.",
        )
    )
