"""Who asks for what in a mail that may be a forward: the ask, the note above it, the thread below.

A sender found inside a forward proves nothing: anybody can type a header block. It is a guess that
the review page shows as "from / forwarded by", and only a forward by one of ours is unwrapped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from triage.domain import Message
from triage.intake.company import is_free_mail
from triage.intake.headers import Mailbox
from triage.intake.labels import fold
from triage.intake.markers import Origin
from triage.intake.phrases import SUBJECT_FORWARDS, SUBJECT_REPLIES
from triage.intake.signature import split_signature
from triage.intake.turns import Turn

_SHORT_ASK = 25  # words; below it a much longer older message of the customer is the real ask
_BARE_ASK = 5  # words; "please see below" of whoever passed it on
_SHORT_NOTE = 400  # characters; a longer text above an attached mail speaks for itself
_PREFIXES = 8  # of a subject
_NOT_FOUND = "The subject says this was forwarded, but no original sender was found in it; say who asks."
_GUESSED = "The forwarded mail's header block is in an unknown language; check who asks."
_UNSAID = "This was read as a forward, though its subject does not say so; check who asks."
_EVIDENT = frozenset({Origin.FORWARD, Origin.ATTACHED})
_PASSED_ON = _EVIDENT | {Origin.HEADERS}
_TAGS = ("[ext]", "[external]", "[extern]", "[externe]", "[esterno]", "[externo]")


@dataclass(frozen=True)
class Conversation:
    """The ask with its signature cut off, the colleague's note, and all other messages oldest first."""

    ask: Turn
    signature: str = ""
    note: str = ""
    thread: tuple[Message, ...] = ()
    unwrapped: bool = False
    defect: str = ""


@dataclass(frozen=True)
class Ours:
    """Tells our own people from others, by domain or by the one address known to be ours."""

    domains: frozenset[str] = frozenset()
    address: str = ""
    name: str = ""

    def has(self, address: str, name: str = "") -> bool:
        """True for an address of ours, or for our sender's own name where no address is given."""
        if not address:
            return bool(name) and name == self.name
        domain = address.rpartition("@")[2]
        inside = any(domain == ours or domain.endswith(f".{ours}") for ours in self.domains)
        return inside or address == self.address


def read_conversation(
    turns: Sequence[Turn], outer: Mailbox, subject: str, own_domains: frozenset[str], *, noted: bool
) -> Conversation:
    """Decide what is asked and by whom.

    `turns`: newest first, the outer message in front. `own_domains` empty: nothing says who is ours,
    so the sender of an evident forward is taken for a colleague. `noted`: the outer text has labelled
    lines such as "Customer: …", which only a colleague writes.
    """
    ours = _ours(outer, own_domains)
    top, older = turns[0], turns[1:]
    if not _is_forward(top, older, ours, subject, known=bool(own_domains), noted=noted):
        direct = _direct(replace(top, sender=outer.name), older)
        lost = _says_forwarded(subject) and not any(turn.address or turn.sender for turn in older)
        return replace(direct, defect=_NOT_FOUND) if lost and not direct.defect else direct
    ask = _choose_ask([turn for turn in older if not ours.has(turn.address, turn.sender)] or older)
    others = [turn for turn in older if turn is not ask]
    signed = split_signature(ask.text, ask.sender)
    return Conversation(
        ask=replace(ask, text=signed.text),
        signature=signed.signature,
        note=split_signature(top.text, outer.name, whole=True).text,
        thread=_thread(others),
        unwrapped=True,
        defect=_doubt(ask, older, subject, known=bool(own_domains)),
    )


def strip_prefixes(subject: str) -> str:
    """The subject without "Fwd:", "AW:", "[EXT]" and the like in front."""
    return _prefixes(subject)[1]


def _says_forwarded(subject: str) -> bool:
    prefixes, _ = _prefixes(subject)
    return bool(prefixes) and prefixes[0] in SUBJECT_FORWARDS


def _prefixes(subject: str) -> tuple[list[str], str]:
    """The words in front of a subject, folded, and the rest."""
    found: list[str] = []
    subject = subject.replace("：", ":")
    for _ in range(_PREFIXES):
        head, mark, rest = subject.partition(":")
        word = fold(head.partition("[")[0].partition("(")[0])
        if mark and word in SUBJECT_FORWARDS | SUBJECT_REPLIES:
            found.append(word)
            subject = rest.strip()
        elif subject[:10].casefold().startswith(_TAGS):
            subject = subject.partition("]")[2].strip()
        else:
            break
    return found, subject.strip()


def _doubt(ask: Turn, older: Sequence[Turn], subject: str, *, known: bool) -> str:
    """What a human should check about the sender found in a forward, "" for nothing."""
    if ask.guessed:
        return _GUESSED
    if not ask.sender and not ask.address:
        return "The forwarded mail does not say who wrote it; say who asks."
    if not ask.address:
        return f"The forwarded mail names {ask.sender[:80]} without an address; check who asks."
    told = known or _says_forwarded(subject) or any(turn.origin in _EVIDENT for turn in older)
    return "" if told else _UNSAID


def _is_forward(
    top: Turn, older: Sequence[Turn], ours: Ours, subject: str, *, known: bool, noted: bool
) -> bool:
    if not any(turn.text or turn.origin in _PASSED_ON for turn in older):
        return False
    origins = {turn.origin for turn in older}
    named = _says_forwarded(subject)
    if known:
        told = any((t.address or t.sender) and not ours.has(t.address, t.sender) for t in older)
        by_us = ours.has(ours.address) and ours.domains and _in_domains(ours)
        said = Origin.HEADERS in origins and named
        return bool(by_us) and (told or said or bool(origins & _EVIDENT))
    brief = named or noted or len(top.text) < _SHORT_NOTE
    answered = bool(_prefixes(subject)[0]) and not named
    return (
        Origin.FORWARD in origins
        or (named and Origin.REPLY in origins)
        or (Origin.HEADERS in origins and (named or (brief and not answered)))
        or (Origin.ATTACHED in origins and brief)
    )


def _in_domains(ours: Ours) -> bool:
    return Ours(domains=ours.domains).has(ours.address)


def _ours(outer: Mailbox, own_domains: frozenset[str]) -> Ours:
    if own_domains:
        return Ours(own_domains, outer.address, outer.name)
    domain = outer.address.rpartition("@")[2]
    domains = frozenset() if is_free_mail(outer.address) or not domain else frozenset({domain})
    return Ours(domains, outer.address, outer.name)


def _direct(top: Turn, older: Sequence[Turn]) -> Conversation:
    """The outer sender speaks for themselves; what stands below is the thread."""
    signed = split_signature(top.text, top.sender)
    if signed.text or not older:
        return Conversation(replace(top, text=signed.text), signed.signature, thread=_thread(older))
    below = split_signature(older[0].text, older[0].sender)
    defect = "The sender wrote nothing above the quoted text; the quoted text was taken as the request."
    return Conversation(replace(top, text=below.text), thread=_thread(older[1:]), defect=defect)


def _choose_ask(candidates: Sequence[Turn]) -> Turn:
    """The newest message, unless it is a short follow-up to a much longer one of the same company, or
    only passes another one on."""
    written = [turn for turn in candidates if turn.text] or list(candidates)
    written = [turn for turn in written if turn.sender or turn.address] or written
    newest = written[0]
    words = len(newest.text.split())
    longest = max(written, key=lambda turn: len(turn.text.split()))
    short = words < _SHORT_ASK and len(longest.text.split()) >= 3 * max(words, 1)
    return longest if short and (words <= _BARE_ASK or _same_side(newest, longest)) else newest


def _same_side(one: Turn, other: Turn) -> bool:
    """True when nothing says that the two come from different companies."""
    if not one.address or not other.address:
        return not one.sender or not other.sender or one.sender == other.sender
    domain = one.address.rpartition("@")[2]
    same = domain == other.address.rpartition("@")[2] and not is_free_mail(one.address)
    return same or one.address == other.address


def _thread(turns: Sequence[Turn]) -> tuple[Message, ...]:
    messages = (
        Message(
            sender=turn.sender or turn.address,
            address=turn.address,
            sent=turn.sent,
            text=split_signature(turn.text, turn.sender).text,
        )
        for turn in reversed(turns)
    )
    return tuple(message for message in messages if message.text)
