"""Reports that a mail of ours did not arrive (RFC 3464), and the common ones that follow no standard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triage.intake.charsets import decode_bytes
from triage.intake.headers import Headers, Mailbox, read_addresses, read_headers, split_head
from triage.intake.mime import Part, content
from triage.intake.outer import is_mail_system
from triage.intake.text import clean_line, clean_text, html_to_text

_READ = 64 * 1024  # bytes of one part
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY_CODE = re.compile(r"(?:^|[#:] ?|SMTP (?:error )?)([45]\d\d)[ -]", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"<?([A-Za-z0-9._%+=&'/!#$~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})>?")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}>")
_ORIGINAL_ID = re.compile(r"^[> \t]*message-id:\s*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE)
_FAILED = re.compile(
    r"could ?n[o']t be (?:delivered|sent)|could not deliver|undeliver|delivery (?:status )?(?:has )?fail|"
    r"delivery to the following|failed permanently|permanent (?:fatal )?error|wasn't delivered|"
    r"was not delivered|not be delivered|returned to sender|mail delivery failed|returning message to|"
    r"address not found|failure notice|failed mail|returned mail|processing error|mail error|"
    r"delivery status notification|unzustellbar|nicht zugestellt|konnte nicht|non remis|échec|"
    r"no se pudo entregar|non recapitat|niet bezorgd|unable to deliver|wasn't able to deliver|user unknown|"
    r"mailbox (?:is )?full|no such user|unknown user",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"not yet been delivered|delivery (?:is )?delayed|delayed mail|delivery warning", re.IGNORECASE
)
_SYSTEM_NAMES = ("mail delivery s", "mailer-daemon", "postmaster", "mail system")
_STATUSES = ("message/delivery-status", "message/global-delivery-status")
_ORIGINAL = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_FAILURES = ("failed", "")


@dataclass(frozen=True)
class Failure:
    """One recipient who did not get the mail."""

    recipient: str  # address
    status: str = ""  # "5.1.1" (RFC 3463), "" when not given
    diagnostic: str = ""  # what the other side said

    @property
    def permanent(self) -> bool:
        """True unless the code says that another try may work."""
        return not self.status.startswith("4")


@dataclass(frozen=True)
class Bounce:
    """What a delivery report says. Empty `failures`: it says that mail failed, but not for whom.

    `action`: failed | delayed | delivered | relayed | expanded; only the first is a failure.
    """

    failures: tuple[Failure, ...] = ()
    message_id: str = ""  # of the mail that failed, with its angle brackets
    action: str = "failed"


def read_bounce(mail: Part) -> Bounce | None:
    """The delivery report in `mail`, None when it is none.

    A report in the standard form is taken at its word. Any other mail counts only when a mail system sent
    it and its words say that delivery failed.
    """
    parts = list(_walk(mail))
    status = next((part for part in parts if part.media_type in _STATUSES), None)
    original = _original(parts)
    if status is not None:
        return _from_status(status, original, _words(parts))
    return _from_words(mail, original, parts)


def _walk(part: Part) -> Iterator[Part]:
    yield part
    if not part.media_type.startswith("message/"):
        for child in part.children:
            yield from _walk(child)


def _original(parts: Sequence[Part]) -> Headers:
    """The headers of the mail that failed, as far as the report returns them."""
    for part in parts:
        if part.media_type in _ORIGINAL:
            if part.children:
                return part.children[0].headers
            data = content(part, _READ).lstrip(b"\r\n")
            return read_headers(data[: split_head(data, 0, len(data))[0]])
    return Headers()


def _from_status(status: Part, original: Headers, words: str) -> Bounce:
    message, *recipients = _groups(status)
    if not recipients and message.has("final-recipient", "original-recipient", "action"):
        recipients = [message]
    failures = [_failure(group) for group in recipients if _action(group) in _FAILURES]
    actions = [_action(group) for group in recipients]
    action = "failed" if failures or not actions else actions[0]
    return Bounce(tuple(failures), _failed_id(original, message, words), action)


def _groups(status: Part) -> list[Headers]:
    """The header groups of a delivery status, that of the whole message first."""
    data = content(status, _READ).replace(b"\r\n", b"\n").strip(b"\n")
    groups = [read_headers(block) for block in re.split(rb"\n[ \t]*\n", data)[:200]]
    return [group for group in groups if group.fields] or [Headers()]


def _action(group: Headers) -> str:
    return group.line("action", 60).lower().partition(" ")[0]


def _failure(group: Headers) -> Failure:
    names = ("final-recipient", "original-recipient", "x-actual-recipient")
    typed = next((group.raw(name) for name in names if group.raw(name)), "")
    address = typed.partition(";")[2] or typed
    found = _ADDRESS.search(address[:1000])
    said = group.raw("diagnostic-code")
    diagnostic = clean_line(said.partition(";")[2] or said, 500)
    given = _STATUS.search(group.line("status", 60)) or _STATUS.search(diagnostic)
    recipient = found[1] if found else clean_line(address, 200)
    return Failure(recipient.lower(), given[0] if given else "", diagnostic)


def _failed_id(original: Headers, message: Headers, words: str) -> str:
    own = (message.raw("x-original-message-id"), message.raw("original-message-id"))
    for value in (original.raw("message-id"), *own):
        found = _MESSAGE_ID.search(value[:2000])
        if found:
            return found[0]
    quoted = _ORIGINAL_ID.search(words)
    return quoted[1] if quoted else ""


def _from_words(mail: Part, original: Headers, parts: Sequence[Part]) -> Bounce | None:
    """A report without a delivery status: Exim, qmail, Gmail and others write it as a letter."""
    sender = mail.headers.mailbox("from")
    listed = read_addresses(mail.headers.raw("x-failed-recipients"))
    failed = [box.address for box in listed if box.address]
    if not failed and not _by_a_mail_system(mail, sender):
        return None
    words = _words(parts)
    letter = words.partition("\n--- ")[0]
    told = f"{mail.headers.line('subject')}\n{letter[:4000]}"
    delayed = bool(_DELAYED.search(told))
    if not (failed or delayed or _FAILED.search(told)):
        return None
    if delayed:
        return Bounce((), _failed_id(original, Headers(), words) or _answered(mail), "delayed")
    recipients = failed or _addresses(letter, sender)
    code = _STATUS.search(letter[:8000])
    reply = _REPLY_CODE.search(letter[:8000])
    status = code[0] if code else f"{reply[1][0]}.0.0" if reply else ""
    diagnostic = _diagnostic(letter, code or reply)
    failures = tuple(Failure(address, status, diagnostic) for address in dict.fromkeys(recipients))
    return Bounce(failures, _failed_id(original, Headers(), words) or _answered(mail))


def _by_a_mail_system(mail: Part, sender: Mailbox) -> bool:
    empty = mail.headers.has("return-path") and mail.headers.line("return-path", 60) in ("<>", "")
    named = sender.name.casefold().startswith(_SYSTEM_NAMES)
    return empty or named or is_mail_system(sender.address) or mail.media_type == "multipart/report"


def _answered(mail: Part) -> str:
    found = _MESSAGE_ID.search(
        mail.headers.raw("in-reply-to")[:2000] or mail.headers.raw("references")[:2000]
    )
    return found[0] if found else ""


def _addresses(words: str, sender: Mailbox) -> list[str]:
    """The first address the letter names, which is that of the recipient."""
    found = (match[1].lower() for match in _ADDRESS.finditer(words[:8000]))
    return [address for address in found if address != sender.address and not is_mail_system(address)][:1]


def _diagnostic(words: str, code: re.Match[str] | None) -> str:
    if code is None:
        return ""
    start = words.rfind("\n", 0, code.start()) + 1
    return clean_line(words[start : start + 1000].partition("\n\n")[0], 500)


def _words(parts: Sequence[Part]) -> str:
    kept = []
    for part in parts:
        if part.media_type in ("text/plain", "text/html") and not part.attached and not part.children:
            text = decode_bytes(content(part, _READ), part.charset).text
            kept.append(html_to_text(text) if part.media_type == "text/html" else clean_text(text))
    return "\n\n".join(kept[:4])
