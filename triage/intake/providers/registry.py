"""Which systems may call us, by the name in /intake/{name}. A provider is imported when first needed."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, cast

from triage.errors import BadSignature, NotFound

if TYPE_CHECKING:
    from pydantic import SecretStr

    from triage.intake.providers.base import Provider
    from triage.settings import Settings

TITLES = {
    "postmark": "Postmark",
    "mailgun": "Mailgun",
    "sendgrid": "SendGrid",
    "ses": "Amazon SES",
    "hubspot": "HubSpot",
    "salesforce": "Salesforce",
    "zendesk": "Zendesk",
    "intercom": "Intercom",
    "front": "Front",
    "slack": "Slack",
    "webhook": "Standard Webhooks",
}


def setting_of(name: str) -> str:
    """The variable that holds the secret of a provider."""
    return f"TRIAGE_{name.upper()}_SECRET"


def docs_of(name: str) -> str:
    """The page about a provider, in the checkout."""
    return f"docs/providers/{name}.md"


def secrets_of(name: str, settings: Settings) -> tuple[str, ...]:
    """The active secrets of a provider; none: it is switched off."""
    secret = cast("SecretStr", getattr(settings, f"{name}_secret"))
    return tuple(part.strip() for part in secret.get_secret_value().split(",") if part.strip())


def active(settings: Settings) -> tuple[str, ...]:
    """The providers that are switched on."""
    return tuple(name for name in TITLES if secrets_of(name, settings))


def require_active(name: str, settings: Settings) -> tuple[str, ...]:
    """The active secrets of a provider.

    Raises:
        NotFound: no such provider, or one that is switched off; says which there are, or how to switch it on.
    """
    if name not in TITLES:
        raise NotFound(
            f"There is no way in called {name[:40]!r}.",
            f"Known are email (with a token) and {', '.join(TITLES)}.",
        )
    secrets = secrets_of(name, settings)
    if not secrets:
        raise NotFound(
            f"The way in for {TITLES[name]} is switched off.",
            f"Set {setting_of(name)}; {docs_of(name)} shows where it comes from.",
        )
    return secrets


def check_secrets(name: str, settings: Settings) -> None:
    """Raise SetupError when a secret cannot be one of this provider. Nothing is contacted."""
    from triage.intake.providers.base import Call

    nobody = Call("POST", f"{settings.base_url}/intake/{name}", {}, b"", datetime.now(UTC))
    with suppress(BadSignature):  # a provider looks at its secrets first, then at the call
        Providers(settings).get(name).verify(nobody, secrets_of(name, settings))


@dataclass
class Providers:
    """The providers of one service, each made once: some remember what they saw. `made`: those there are."""

    settings: Settings
    made: dict[str, Provider] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, name: str) -> Provider:
        """The provider of a known name."""
        with self._lock:
            if name not in self.made:
                module = import_module(f"triage.intake.providers.{name}.provider")
                self.made[name] = cast("Provider", module.open_provider(self.settings))
            return self.made[name]
