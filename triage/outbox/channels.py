"""Which ways out are configured, and a sender that takes each message by its own."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from triage.domain import OutChannel, OutgoingMessage
from triage.errors import NotDelivered
from triage.outbox.call import is_loopback
from triage.outbox.email import FolderSender, SmtpSender
from triage.outbox.hubspot import HubSpotSender
from triage.outbox.slack import SlackSender
from triage.outbox.webhook import WebhookSender
from triage.ports import Sender
from triage.settings import Settings

SETTING = {
    OutChannel.MAIL: "TRIAGE_SMTP_HOST",
    OutChannel.WEBHOOK: "TRIAGE_WEBHOOK_OUT_URL",
    OutChannel.SLACK: "TRIAGE_SLACK_OUT_URL",
    OutChannel.HUBSPOT: "TRIAGE_HUBSPOT_TOKEN",
}


class Channels:
    """Sends each message by its channel. Implements `ports.Sender`."""

    def __init__(self, senders: Mapping[OutChannel, Sender]) -> None:
        self._senders = dict(senders)

    @property
    def names(self) -> tuple[str, ...]:
        """The channels that are set up, for people."""
        return tuple(channel.value for channel in OutChannel if channel in self._senders)

    def send(self, message: OutgoingMessage) -> str:
        """Deliver; returns where it went.

        Raises:
            NotDelivered: also, for good, when its channel is no longer configured.
        """
        sender = self._senders.get(message.channel)
        if sender is None:
            raise NotDelivered(
                f"This message goes by {message.channel}, which is not set up any more.",
                f"Set {SETTING[message.channel]} and send it again.",
                permanent=True,
            )
        return sender.send(message)


def open_channels(settings: Settings) -> Channels:
    """The ways out of the settings: mail always, into a folder without a server.

    Raises:
        SetupError: an address or a secret that cannot be used.
    """
    senders: dict[OutChannel, Sender] = {OutChannel.MAIL: _mail(settings)}
    if settings.webhook_out_url:
        secrets = secrets_in(settings.webhook_out_secret.get_secret_value())
        senders[OutChannel.WEBHOOK] = WebhookSender(
            settings.webhook_out_url, secrets, private=settings.webhook_out_private
        )
    if slack := settings.slack_out_url.get_secret_value():
        senders[OutChannel.SLACK] = SlackSender(slack)
    if token := settings.hubspot_token.get_secret_value():
        api = settings.hubspot_api
        senders[OutChannel.HUBSPOT] = HubSpotSender(token, api=api, private=_is_here(api))
    return Channels(senders)


def secrets_in(text: str) -> tuple[str, ...]:
    """Secrets with commas between them."""
    return tuple(part for each in text.split(",") if (part := each.strip()))


def _mail(settings: Settings) -> Sender:
    if settings.smtp_host:
        return SmtpSender(settings)
    return FolderSender(settings.data_dir / "outbox", settings.mail_from)


def _is_here(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")
