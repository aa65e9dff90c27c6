"""Services with the CRMs, help desks and chats switched on, and calls taken through to their receipt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.intake.conftest import OpenServices
from tests.small import SmallServices
from triage.domain import Request
from triage.intake.providers.base import Answered
from triage.intake.providers.receiving import receive
from triage.intake.providers.registry import Providers

from .crm_calls import SECRET, SIGNED, named


@dataclass
class Way:
    """A provider over real records."""

    provider: str
    services: SmallServices
    providers: Providers

    def answered(self, name: str, **how: Any) -> Answered:
        """What a signed fixture is answered with."""
        return receive(self.services, self.providers, self.provider, named(self.provider, name, **how))  # type: ignore[arg-type]

    def take(self, name: str, **how: Any) -> dict[str, Any]:
        """The receipt of a signed fixture."""
        receipt: dict[str, Any] = json.loads(self.answered(name, **how).body)
        return receipt

    def request(self, name: str) -> Request:
        """The request that a signed fixture became."""
        return self.services.store.request(self.take(name)["id"])


@pytest.fixture
def open_way(open_services: OpenServices) -> Callable[..., Way]:
    """Opens the way in of one provider."""

    def make(provider: str, **settings: Any) -> Way:
        secrets = {f"{name}_secret": SECRET for name in SIGNED}
        services = open_services(base_url="https://triage.example.com", **secrets, **settings)
        return Way(provider, services, Providers(services.settings))

    return make
