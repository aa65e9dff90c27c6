"""Records of a small company for the ways in, and a mail server with mailboxes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.dovecot import Dovecot, dovecot_server, make_certificate
from tests.small import SmallServices, small_services

OpenServices = Callable[..., SmallServices]


@pytest.fixture
def open_services(empty_records: Path, tmp_path: Path) -> Iterator[OpenServices]:
    """Makes services over one database of this test, with the settings given."""
    shutil.copy(empty_records, tmp_path / "triage.db")
    with ExitStack() as opened:

        def make(**settings: Any) -> SmallServices:
            said = {"team_domains": "ours.example", "mail_from": "triage@ours.example", **settings}
            return opened.enter_context(small_services(tmp_path, **said))

        yield make


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, with its key in key.pem beside it."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """A mail server; every test takes a user of its own."""
    with dovecot_server(tls=True) as server:
        yield server
