"""Who sent a mail, judged by its own headers alone."""

from __future__ import annotations

from dataclasses import dataclass

from triage.intake.company import is_free_mail
from triage.intake.forwarded import Ours
from triage.intake.headers import Headers, Mailbox, read_addresses

_TEAM_MAILBOXES = frozenset(
    [
        "contact",
        "feedback",
        "hello",
        "help",
        "helpdesk",
        "info",
        "inbox",
        "mail",
        "office",
        "product",
        "request",
        "requests",
        "sales",
        "service",
        "support",
        "team",
        "triage",
    ]
)
_BULK = frozenset({"bulk", "junk", "auto_reply"})  # a sales list sends Precedence: list


@dataclass(frozen=True)
class Outer:
    """The sender, and the colleague who redirected the mail unchanged ("" when nobody did)."""

    sender: Mailbox
    redirected_by: str = ""
    defect: str = ""


def read_outer(headers: Headers, own_domains: frozenset[str]) -> Outer:
    """From, seen through redirects (Resent-From) and lists that put their own address there."""
    sender = headers.mailbox("from")
    ours = Ours(own_domains)
    if not sender.address:
        return _without_sender(headers, sender)
    resent = headers.mailbox("resent-from").address
    if resent and resent != sender.address and (ours.has(resent) or not own_domains):
        return Outer(sender, redirected_by=resent)
    if headers.has("list-id", "list-post", "x-original-from") or " via " in sender.name:
        writer = headers.mailbox("x-original-from")
        writer = writer if writer.address else headers.mailbox("reply-to")
        if writer.address and not ours.has(writer.address) and (ours.has(sender.address) or not own_domains):
            return Outer(Mailbox(writer.name or _listed_name(sender.name), writer.address))
    return Outer(sender)


def internal_domain(headers: Headers) -> frozenset[str]:
    """The sender's domain when everybody on the mail is in it: as the mail reached us, it is ours.

    Only a guess for a service that was not told its own domains. Empty otherwise.
    """
    sender = headers.mailbox("from").address
    people = [box.address for name in ("to", "cc") for box in read_addresses(headers.raw(name))]
    domains = {address.rpartition("@")[2] for address in (sender, *people)}
    internal = bool(people) and len(domains) == 1 and bool(sender) and not is_free_mail(sender)
    return frozenset(domains) if internal else frozenset()


def copied_colleague(headers: Headers, own_domains: frozenset[str]) -> str:
    """The first of our own people in Cc or To: who gets the answer when the customer wrote to us
    directly. A mailbox of a team is nobody."""
    ours = Ours(own_domains)
    people = [box.address for name in ("cc", "to") for box in read_addresses(headers.raw(name))]
    return next((a for a in people if ours.has(a) and a.partition("@")[0] not in _TEAM_MAILBOXES), "")


def automatic_reason(headers: Headers) -> str:
    """Why a mail must not be answered automatically (RFC 3834); "" when a person wrote it."""
    submitted = headers.line("auto-submitted", 60).lower()
    precedence = headers.line("precedence", 60).lower()
    if submitted and not submitted.startswith("no"):
        return f"Auto-Submitted is {submitted}"
    if headers.has("return-path") and headers.line("return-path", 60) in ("<>", ""):
        return "it has an empty Return-Path"
    if headers.line("content-type", 60).lower().startswith("multipart/report"):
        return "it is a delivery report"
    return f"Precedence is {precedence}" if precedence in _BULK else ""


def _without_sender(headers: Headers, sender: Mailbox) -> Outer:
    for name in ("sender", "reply-to", "return-path"):
        found = headers.mailbox(name)
        if found.address:
            defect = f"The mail has no usable From; its {name.title()} was taken instead."
            return Outer(Mailbox(sender.name or found.name, found.address), defect=defect)
    return Outer(sender, defect="The mail does not say who sent it.")


def _listed_name(name: str) -> str:
    return name.partition(" via ")[0].strip("'\" ")
