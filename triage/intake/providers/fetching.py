"""Fetching what a call has to be checked with: one small answer over HTTPS, no redirect, within seconds."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from triage.errors import BadInput, Unreachable

TIMEOUT_S = 10
LIMIT = 64 * 1024  # bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could lead anywhere: it is an error like any other status."""

    def redirect_request(self, *_: Any) -> None:
        return None


def fetch(url: str) -> bytes:
    """The body at `url`, which the caller has checked.

    Raises:
        Unreachable: no connection, a time-out or a 5xx: a repeat may help.
        BadInput: another status, or more than `LIMIT` bytes.
    """
    host = urlsplit(url).hostname
    try:
        with urllib.request.build_opener(_NoRedirect).open(url, timeout=TIMEOUT_S) as answer:
            body: bytes = answer.read(LIMIT + 1)
    except urllib.error.HTTPError as error:
        if error.code < 500:
            raise BadInput(f"{host} refused: HTTP {error.code}.", "Have the call sent again.") from error
        raise _silent(host, f"HTTP {error.code}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _silent(host, str(getattr(error, "reason", error))) from error
    if len(body) > LIMIT:
        raise BadInput(f"{host} answered with more than {LIMIT // 1024} kB.", "Have the call sent again.")
    return body


def _silent(host: str | None, why: str) -> Unreachable:
    return Unreachable(
        f"{host} does not answer: {why}.", "Let this machine reach it over HTTPS; the call will come again."
    )
