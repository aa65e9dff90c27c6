"""Hands a request to the running service over HTTP, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request

from triage.errors import BadInput, TriageError

TIMEOUT_S = 30


def submit(raw: bytes, *, url: str, token: str) -> str:
    """Post a mail; returns the id the service gave it.

    Raises:
        TriageError: with the service's own sentence, or how to reach it.
    """
    if not token:
        raise BadInput("A token is needed.", "Make one with `triage token add ADDRESS` and set TRIAGE_TOKEN.")
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"{url} is not a web address.", "Give --url http://127.0.0.1:8000 or your own.")
    request = urllib.request.Request(
        f"{url.rstrip('/')}/intake/email",
        data=raw,
        headers={"Content-Type": "message/rfc822", "Authorization": f"Bearer {''.join(token.split())}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            return str(json.load(response)["id"])
    except urllib.error.HTTPError as error:
        raise _refusal(error) from error
    except (ValueError, KeyError, TypeError, http.client.HTTPException) as error:
        raise BadInput(
            f"What answers at {url} is not this service.", "Give its address with --url."
        ) from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise TriageError(
            f"The service at {url} does not answer: {reason}.", "Start it with `triage serve`."
        ) from error


def _refusal(error: urllib.error.HTTPError) -> BadInput:
    try:
        problem = json.load(error)
        return BadInput(f"{problem['detail']} (HTTP {error.code})", str(problem["remedy"]))
    except (ValueError, KeyError, TypeError):
        return BadInput(
            f"The service refused the request (HTTP {error.code}).", "Check --url; its log says more."
        )
