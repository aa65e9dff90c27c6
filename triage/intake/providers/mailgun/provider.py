"""Mailgun's routes: `forward("https://…/intake/mailgun")` posts a mail as a form.

https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http (fields; an
address that ends with `mime` gets `body-mime`; 200 is taken, 406 given up, anything else comes again for
eight hours) and
https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks (HMAC-SHA256 of
timestamp and token).

The signature does not cover the mail. So a token that was seen is good for the very same form only: whoever
gets hold of one cannot put another mail behind it.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from triage.errors import BadInput, BadSignature
from triage.intake.charsets import decode_bytes
from triage.intake.providers.base import Answered, Call, Found, NewMail, Nothing
from triage.intake.providers.forms import Form, read_form
from triage.intake.providers.rebuilt import File, rebuild
from triage.intake.providers.signing import check_fresh, hmac_sha256, one_matches, require, unix_time
from triage.settings import Settings

_PROOF = ("timestamp", "token", "signature")
_TOKENS = 10_000  # remembered; far more than come in within the window
_FILE = re.compile(r"attachment-\d{1,4}")


class Mailgun:
    """Mails that Mailgun received for us."""

    name = "mailgun"

    def __init__(self) -> None:
        self._tokens = _Tokens()

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """The signature over timestamp and token, and that the token was not used for another mail."""
        form = _signed_form(call)
        timestamp, token, signature = (form.text(name).strip() for name in _PROOF)
        signed = unix_time(timestamp, "Mailgun")
        right = [
            hmac_sha256(secret.encode(), timestamp.encode(), token.encode()).hex().encode()
            for secret in secrets
        ]
        require(one_matches([signature.lower().encode()], right), "Mailgun", "TRIAGE_MAILGUN_SECRET")
        if not self._tokens.take(token, _digest(form)):
            raise BadSignature(
                "The token of this call was used for another mail before.",
                "Mailgun makes a new token for each mail; somebody may be replaying calls.",
            )
        check_fresh(signed, call.at)

    def read(self, call: Call) -> Sequence[Found]:
        """The mail: raw where the route asks for it, else put together from its fields."""
        form = read_form(call)
        if form.field("event"):
            return [Nothing(f"Mailgun's event {form.text('event')[:40]} brings no mail.")]
        raw = form.value("body-mime")
        if not raw and form.field("message-url"):
            raise BadInput(
                "This call of Mailgun only says where the mail is stored.",
                'Use the action forward("…/intake/mailgun/mime") in the route in place of store().',
            )
        if not raw and not form.field("message-headers"):
            raise BadInput(
                "This call of Mailgun brings no mail: it has neither body-mime nor message-headers.",
                'Use the action forward("…/intake/mailgun/mime") in the route.',
            )
        recipient = form.text("recipient").strip()
        return [NewMail(raw or _rebuilt(form), (recipient,) if recipient else ())]

    def answer(self, request_id: str, url: str) -> Answered:
        """Mailgun counts 200 alone as taken."""
        return Answered(status=200)


def open_provider(settings: Settings) -> Mailgun:
    """The provider; it needs nothing but the secret."""
    return Mailgun()


class _Tokens:
    """Which token was used for which form."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, token: str, digest: bytes) -> bool:
        """True when the token is new, or comes with the same form again."""
        with self._lock:
            known = self._seen.setdefault(token, digest)
            if len(self._seen) > _TOKENS:
                self._seen.popitem(last=False)
            return known == digest


def _signed_form(call: Call) -> Form:
    try:
        form = read_form(call)
    except BadInput as error:
        raise BadSignature(error.message, error.remedy) from error
    missing = [name for name in _PROOF if not form.value(name)]
    if missing:
        raise BadSignature(
            f"This call has no {' and no '.join(missing)}, so nothing proves that Mailgun sent it.",
            "Set this address as the destination of a route in Mailgun.",
        )
    return form


def _digest(form: Form) -> bytes:
    digest = hashlib.sha256()
    for field in form.fields:
        for piece in (field.name.encode("utf-8", "replace"), field.value):
            digest.update(hashlib.sha256(piece).digest())
    return digest.digest()


def _rebuilt(form: Form) -> bytes:
    html = "".join(decode_bytes(each.value, "utf-8").text for each in form.all("body-html"))
    return rebuild(_headers(form), text=form.text("body-plain"), html=html, files=_files(form))


def _headers(form: Form) -> Iterator[tuple[str, str]]:
    """`message-headers` is a list of pairs."""
    pairs = form.json("message-headers")
    for pair in pairs if isinstance(pairs, list) else []:
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(side, str) for side in pair):
            yield pair[0], pair[1]


def _files(form: Form) -> Iterator[File]:
    """`content-id-map` says which of the files are pictures inside the HTML."""
    ids = form.json("content-id-map")
    pictures = (
        {field: key for key, field in ids.items() if isinstance(field, str)} if isinstance(ids, dict) else {}
    )
    for field in form.fields:
        if _FILE.fullmatch(field.name):
            name = field.file_name or field.name
            yield File(name, field.media_type, field.value, pictures.get(field.name, "").strip("<>"))
