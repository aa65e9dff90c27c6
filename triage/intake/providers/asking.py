"""One question to the API of a system that calls us: bounded in time and size, no redirects."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from triage.errors import NotDelivered, SetupError, Unreachable
from triage.intake.providers.payload import Json
from triage.outbox.call import call, is_loopback, place_of

_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Api:
    """Where an API is reached and with which token."""

    system: str  # as people call it
    base: str  # https://…
    token: str
    base_setting: str
    token_setting: str

    def ask(self, path: str, *, until: float, body: object = None) -> Json:
        """The JSON object that answers GET `path`, or POST with `body` as JSON.

        Args:
            until: when to give up, as `time.monotonic()` counts.

        Raises:
            SetupError: the address, the token or its rights are wrong, or there is no such thing.
            Unreachable: time-out, no connection, too many calls, a fault over there.
        """
        left = until - time.monotonic()
        if left <= 0:
            raise self._silent("there was no time left")
        place = place_of(f"{self.base}{path}", self.base_setting)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        try:
            reply = call(
                "GET" if body is None else "POST",
                place,
                b"" if body is None else json.dumps(body).encode(),
                headers,
                remedy=f"Check {self.token_setting} and the scopes of its app.",
                knows_repeats=True,
                private=is_loopback(place.host),
                timeout=left,
                cap=_MOST_BYTES,
            )
        except NotDelivered as error:
            if error.permanent:
                raise SetupError(error.message, error.remedy) from error
            raise self._silent(error.message) from error
        return self._object(reply.body)

    def _object(self, data: bytes) -> Json:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self._silent("its answer is not JSON") from error
        if not isinstance(value, dict):
            raise self._silent("its answer is no JSON object")
        return value

    def _silent(self, why: str) -> Unreachable:
        return Unreachable(
            f"{self.system} did not say what this call is about: {why.rstrip('.')}.",
            "It repeats the call; nothing is lost.",
        )
