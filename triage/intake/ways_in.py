"""The ways in that run inside this process: the mailbox that is looked into, and the listeners for mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from triage.bootstrap import Services


class WayIn(Protocol):
    """Takes requests in, in a thread of its own."""

    def start(self) -> None:
        """Begin. Raises SetupError when the settings cannot be used."""

    def stop(self) -> None:
        """Take nothing more; nothing accepted is lost."""


def ways_in(services: Services) -> list[WayIn]:
    """Those that the settings name, none started. Raises SetupError for a setting that cannot be used."""
    settings, found = services.settings, list[WayIn]()
    if settings.imap_host:
        from triage.intake.polling import Poller

        found.append(Poller(services))
    if settings.smtp_listen or settings.lmtp_listen:
        from triage.intake.listener import Listener
        from triage.intake.listening import read_place

        if settings.smtp_listen:
            place = read_place(settings.smtp_listen, "TRIAGE_SMTP_LISTEN", settings)
            found.append(Listener(services, place))
        if settings.lmtp_listen:
            place = read_place(settings.lmtp_listen, "TRIAGE_LMTP_LISTEN", settings, sockets=True)
            found.append(Listener(services, place, lmtp=True))
    return found
