"""Proofs that a call comes from the system it names: HMAC in constant time, and signed times."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from triage.errors import BadSignature, StaleCall
from triage.intake.providers.base import WINDOW

_LONGEST_TIME = 20  # characters of a Unix time


def hmac_sha256(secret: bytes, *signed: bytes) -> bytes:
    """HMAC-SHA256 over the pieces, one after the other."""
    code = hmac.new(secret, digestmod=hashlib.sha256)
    for piece in signed:
        code.update(piece)
    return code.digest()


def one_matches(given: Iterable[bytes], right: Iterable[bytes]) -> bool:
    """True when one of the `given` proofs is one of the `right` ones; looks at all of them each time."""
    wanted = tuple(right)
    return sum(hmac.compare_digest(proof, good) for proof in given for good in wanted) > 0


def from_base64(text: str) -> bytes:
    """The bytes of a base64 text, padded or not; b"" when it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def signed_header(headers: Mapping[str, str], name: str, system: str) -> str:
    """A header that every signed call of `system` carries. Raises BadSignature when it is not there."""
    value = headers.get(name, "").strip()
    if not value:
        raise BadSignature(
            f"This call has no header {name}, so nothing proves that {system} sent it.",
            f"Switch on signing in {system}; the page about it under docs/providers shows where.",
        )
    return value


def require(proven: bool, system: str, setting: str) -> None:
    """Raise BadSignature unless `proven`; names the setting to look at."""
    if not proven:
        raise BadSignature(
            f"This call is not signed with a secret of {system} that is set here.",
            f"Compare {setting} with what {system} shows. While a secret is being changed, set both with a "
            "comma between them.",
        )


def unix_time(text: str, system: str) -> datetime:
    """A signed time in seconds since 1970, UTC. Raises BadSignature when it is none."""
    if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_TIME:
        try:
            return datetime.fromtimestamp(int(text), UTC)
        except (ValueError, OverflowError, OSError):
            pass  # a year that no calendar has
    raise BadSignature(
        f"The signed time of this call is not a time: {text[:40]!r}.", f"Check what {system} sends."
    )


def check_fresh(signed: datetime, at: datetime, window: timedelta = WINDOW) -> None:
    """Raise StaleCall when `signed` is not within `window` of `at`. Only for calls that are proven."""
    apart = abs(at - signed)
    if apart > window:
        minutes = window // timedelta(minutes=1)
        raise StaleCall(
            f"This call was signed {_span(apart)} {'ago' if signed < at else 'in the future'}; "
            f"at most {minutes} minutes are allowed.",
            "Check the clock of this machine; if it is right, the call was held up or is a replay.",
        )


def _span(apart: timedelta) -> str:
    minutes = int(apart.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
