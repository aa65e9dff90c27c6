"""Patience is for the services, not for the tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def busy_housekeeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox is looked at ten times a second."""
    monkeypatch.setattr("triage.worker.INTERVAL_S", 0.1)
