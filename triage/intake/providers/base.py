"""What every provider is made of: a call that came in, the proof of who sent it, and what is in it.

A provider is a folder with a module `provider.py` that implements `Provider`, and `fixtures/` with calls
as its system makes them. Its function `open_provider(settings: Settings) -> Provider` makes it: some need
a token of their own or the field map (`mapping.py`). `registry.py` lists them, `receiving.py` takes a call
through to its receipt. For all of them: `signing.py` (HMAC in constant time, signed times), `payload.py`
(JSON bodies), `forms.py` (form bodies).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from triage.domain import Message, Request, Source
from triage.intake.form import NewRequest, request_from_fields

WINDOW = timedelta(minutes=5)  # how far a signed time may lie from ours


@dataclass(frozen=True)
class Call:
    """One HTTP call as it came in. Signatures are checked over `body` as it is, byte for byte."""

    method: str
    url: str  # as the caller wrote it: the public address with path and query
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    at: datetime  # when it came, UTC


@dataclass(frozen=True)
class NewMail:
    """A whole mail. `recipients`: where the envelope says it went."""

    raw: bytes
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewFields:
    """A request as fields, from a CRM, a help desk or a chat.

    `key`: the system's own id of this event; the same one again adds nothing. `defects`, `thread` and
    `forwarder_note` go into the request as they are (`request` does it).
    """

    fields: NewRequest
    key: str
    source: Source | None = None
    defects: tuple[str, ...] = ()  # fields that could not be used, and how that was survived
    thread: tuple[Message, ...] = ()  # earlier messages of a conversation or forward, oldest first
    forwarder_note: str = ""
    forwarded_by: str = ""  # address
    reply_to: str = ""  # where a system that shows no answer to its call hears the receipt (`Tells`)

    def request(self, *, request_id: str = "") -> Request:
        """The request it becomes; `request_id` "" makes a new one."""
        beside = {
            name: getattr(self, name)
            for name in ("source", "defects", "thread", "forwarder_note", "forwarded_by")
        }
        return request_from_fields(self.fields, request_id=request_id).model_copy(update=beside)


@dataclass(frozen=True)
class LaterWords:
    """Something written later on the record of `source`: it goes to the request that came from there.

    `first`: the request it is when none came from there, or a closed one; None: it is left alone.
    """

    source: Source
    text: str
    key: str
    sender: str = ""  # display name
    address: str = ""
    first: NewFields | None = None


@dataclass(frozen=True)
class Nothing:
    """A call that is fine and asks for nothing: a test, another kind of event, our own echo."""

    reason: str


@dataclass(frozen=True)
class Handshake:
    """A call that wants these very bytes back, to prove that the address is ours."""

    body: bytes
    media_type: str = "text/plain"


Found = NewMail | NewFields | LaterWords | Nothing | Handshake


@dataclass(frozen=True)
class Answered:
    """What the system wants to read when a call was taken; most want nothing special.

    With an empty body the caller gets our usual receipt, and `status` still counts.
    """

    body: bytes = b""
    media_type: str = "application/json"
    status: int = 202


class Provider(Protocol):
    """One system that calls us."""

    @property
    def name(self) -> str:
        """As in /intake/{name} and in the setting of its secret."""

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """Prove that the system sent this call, with any one of the active `secrets`.

        Raises:
            BadSignature: no proof, or a wrong one.
            StaleCall: rightly signed, but the signed time is not within `WINDOW` of `call.at`.
            SetupError: a secret that cannot be one of this system; names the setting.
            Unreachable: what is needed to check it cannot be fetched right now.
        """

    def read(self, call: Call) -> Sequence[Found]:
        """What the call brings, in order; called after `verify` only.

        Raises:
            BadInput: the call is not of the documented form; says what is missing.
            Unreachable: it has to be asked for more, and the system does not answer: it will call again.
        """

    def answer(self, request_id: str, url: str) -> Answered:
        """What to say back about a request that was taken; `url` is its page. Both "" when nothing was."""


@runtime_checkable
class Tells(Protocol):
    """A provider that says the receipt in a call of its own as well."""

    def tell(self, found: NewFields, request_id: str, url: str) -> None:
        """Say to `found.reply_to` that the request was taken; `url` is its page. Never raises: the request is
        safe whoever hears of it."""
