"""Request ids: short, sortable by time, easy to read aloud."""

from __future__ import annotations

import secrets
import threading
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32, lower case: no i, l, o, u
_EPOCH = 1_735_689_600  # 2025-01-01 UTC in seconds; 30 bits of seconds last until 2059
_RANDOM_BITS = 20

_lock = threading.Lock()
_last = 0


def new_request_id() -> str:
    """ "r-" and ten characters: 30 bits of seconds, 20 random bits.

    Ids of one process strictly increase, so a burst within one second neither repeats nor reorders.
    """
    global _last
    with _lock:
        _last = max(_candidate(), _last + 1)
        return "r-" + _encode(_last)


def _candidate() -> int:
    seconds = int(time.time()) - _EPOCH
    # The top random bit stays 0: room for the increments of a burst.
    return seconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS - 1)


def _encode(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(45, -1, -5))
