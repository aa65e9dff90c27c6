"""The configuration in force, without its secrets."""

from __future__ import annotations

import html
import inspect
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from small_services import SmallServices
from starlette.testclient import TestClient

from api.settings_page import GROUPS, groups_of, masked
from triage import __version__
from triage import settings as settings_module
from triage.domain import PastRequest
from triage.errors import IndexUnavailable
from triage.intake.polling import LOOK, Look
from triage.settings import Settings
from triage.worker_status import say

SECRETS = ("hunter2", "sk-live-1", "p@ss/w#d", "keyinurl")


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def secretive(services: SmallServices) -> SmallServices:
    """A service that has a secret wherever one can be."""
    services.settings = services.settings.model_copy(
        update={
            "model": "openai/small",
            "model_api_key": SecretStr("sk-live-1"),
            "smtp_password": SecretStr("hunter2"),
            "database_url": "postgresql+psycopg://triage:p@ss/w#d@db.example/triage?sslpassword=hunter2",
            "model_api_base": "https://keyinurl@models.example/v1?api_key=sk-live-1",
            "chroma_url": "http://user:hunter2@chroma.example:8000",
        }
    )
    return services


def test_the_page_shows_every_setting_and_no_secret(admin: TestClient, secretive: SmallServices) -> None:
    page = admin.get("/settings").text
    words = text_of(page)
    assert not [secret for secret in SECRETS if secret in html.unescape(page)]
    for name in Settings.model_fields:
        assert f"TRIAGE_{name.upper()}" in words
    for expected in (
        "TRIAGE_SMTP_PASSWORD set, not shown",
        "postgresql+psycopg://triage:***@db.example/triage?sslpassword=***",
        "https://***@models.example/v1?api_key=***",
        "TRIAGE_SMTP_HOST not set",
        "TRIAGE_TEAM_DOMAINS ours.example changed",
        f"Version {__version__}",
        "Analyst model, with the catalogue where it fails",
        "Model openai/small",
        "Prompt find_gaps",
        secretive.catalogue.digest[:12],
        "no worker runs",
    ):
        assert expected in words


def test_without_a_model_the_catalogue_is_in_force(admin: TestClient, services: SmallServices) -> None:
    services.knowledge.put_past([PastRequest(id="a"), PastRequest(id="b", archived=True)])
    words = text_of(admin.get("/settings").text)
    assert "Analyst catalogue, without a model" in words
    assert "Database SQLite" in words
    assert "Past requests 1, 1 archived" in words
    assert "TRIAGE_SMTP_PASSWORD not set" in words


def test_reviewers_do_not_see_it(voice: TestClient, admin: TestClient) -> None:
    assert voice.get("/settings").status_code == 403
    assert 'href="/settings"' not in voice.get("/review").text
    assert 'href="/settings"' in admin.get("/review").text


class CountingIndex:
    """An index with something in it, or one that is out of order."""

    def __init__(self, trouble: str = "") -> None:
        self.trouble = trouble

    def count(self, collection: str) -> int:
        """Three past requests, no passage."""
        if self.trouble:
            raise IndexUnavailable(self.trouble, "Start it.")
        return 3 if collection.startswith("past") else 0


def test_the_index_is_counted_or_its_trouble_said(admin: TestClient, services: SmallServices) -> None:
    def shown() -> str:
        say(services, datetime.now(UTC))  # type: ignore[arg-type]
        return text_of(admin.get("/settings").text)

    assert "no worker runs: nothing is drafted" in text_of(admin.get("/settings").text)
    services.index = CountingIndex()  # type: ignore[assignment]
    assert "Vector index 3 past requests, 0 passages" in shown()
    services.index = CountingIndex("The server at http://u:hunter2@c.example is down.")  # type: ignore[assignment]
    assert "cannot be used: The server at http://***@c.example is down. Start it." in shown()
    services.encoder.ready = False
    assert "known once the embedding model is loaded" in shown()


def test_the_last_look_into_the_mailbox_is_said(admin: TestClient, services: SmallServices) -> None:
    assert "Mail in now" not in text_of(admin.get("/settings").text)
    changes = {"imap_host": "mail.example", "imap_user": "triage", "lmtp_listen": "127.0.0.1:24"}
    services.settings = services.settings.model_copy(update=changes)
    assert "Mailbox INBOX of triage on mail.example: not looked yet" in text_of(admin.get("/settings").text)
    looked = Look(at=datetime.now(UTC) - timedelta(minutes=3), mails=2, last_mail=datetime.now(UTC))
    services.store.put_memory(LOOK, looked.model_dump_json())
    words = text_of(admin.get("/settings").text)
    assert "on mail.example: looked 3 minutes ago, 2 new mails" in words
    assert "Last mail from it just now" in words
    assert "LMTP listens on 127.0.0.1:24" in words


def test_the_groups_are_those_of_the_settings_file() -> None:
    source = Path(inspect.getfile(settings_module)).read_text(encoding="utf-8")
    written = re.findall(r"\n    # ([a-z ]+)\n    (\w+):", source)
    assert [(name, title.lower()) for name, title in GROUPS.items()] == [
        (name, title) for title, name in written
    ]
    settings = Settings(_env_file=None)
    assert [group.title for group in groups_of(settings)] == list(GROUPS.values())
    shown = [line.name for group in groups_of(settings) for line in group.lines]
    assert shown == [f"TRIAGE_{name.upper()}" for name in Settings.model_fields]
    assert not [line for group in groups_of(settings) for line in group.lines if line.changed]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://triage@db.example/triage", "postgresql://triage@db.example/triage"),
        ("postgresql://u:a@b:c@db.example/t", "postgresql://u:***@db.example/t"),
        ("https://db.example/t?x=1&password=a", "https://db.example/t?x=1&password=***"),
        ("sqlite:////data/triage.db", "sqlite:////data/triage.db"),
        ("nora@example.com", "nora@example.com"),
    ],
)
def test_urls_lose_what_signs_one_in(text: str, shown: str) -> None:
    assert masked(text) == shown
