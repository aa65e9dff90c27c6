"""The real application over real records in a temporary SQLite file; only the engine is a fake.

Addresses: sales@ours.example and other@ours.example submit, voice@ours.example reviews,
admin@ours.example is admin. `client` is a stranger, `sales`, `voice` and `admin` are browsers that
are signed in.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from small_services import BASE_URL, PEOPLE, SmallServices, ready_draft
from starlette.testclient import TestClient

from api.app import create_app
from api.deps import cookie_name
from tests.intake.providers import calls
from triage.catalogue import Catalogue, load_catalogue
from triage.clock.team_file import read_teams
from triage.intake.providers.registry import Providers
from triage.intake.providers.ses.provider import Ses
from triage.letters import open_letters
from triage.records.database import open_database
from triage.records.knowledge import KnowledgeStore
from triage.records.outgoing import Outgoing
from triage.records.people import People
from triage.records.store import Store
from triage.settings import Settings


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return load_catalogue()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a service that is reached under `BASE_URL`; approvals go out at once."""
    return Settings(
        data_dir=tmp_path, base_url=BASE_URL, team_domains="ours.example", undo_seconds=0, _env_file=None
    )


@pytest.fixture
def services(
    settings: Settings, catalogue: Catalogue, empty_records: Path, tmp_path: Path
) -> Iterator[SmallServices]:
    """Real records with four people and a routing table."""
    shutil.copy(empty_records, tmp_path / "triage.db")
    engine = open_database(settings.sql_url)
    people = People(engine)
    for person in PEOPLE:
        people.add(person)
    people.route("", "voice@ours.example")
    store = Store(engine)
    yield SmallServices(
        settings=settings,
        store=store,
        letters=open_letters(settings, store, people.get),
        people=people,
        knowledge=KnowledgeStore(engine),
        outgoing=Outgoing(engine),
        teams=read_teams(settings),
        catalogue=catalogue,
    )
    engine.dispose()


@pytest.fixture
def app(services: SmallServices) -> FastAPI:
    """The whole application."""
    return create_app(services)  # type: ignore[arg-type]


@pytest.fixture
def browser(app: FastAPI) -> Callable[[], TestClient]:
    """Makes browsers that nobody is signed in to; they send Origin, as browsers do."""
    return lambda: TestClient(app, BASE_URL, follow_redirects=False, headers={"Origin": BASE_URL})


@pytest.fixture
def client(browser: Callable[[], TestClient]) -> TestClient:
    """A stranger."""
    return browser()


@pytest.fixture
def signed_in(browser: Callable[[], TestClient], services: SmallServices) -> Callable[[str], TestClient]:
    """Makes browsers with a session of the given address."""

    def open_for(address: str) -> TestClient:
        client = browser()
        token = services.people.open_session(address, timedelta(hours=1))
        client.cookies.set(cookie_name(BASE_URL), token)
        return client

    return open_for


@pytest.fixture
def sales(signed_in: Callable[[str], TestClient]) -> TestClient:
    """The submitter's browser."""
    return signed_in("sales@ours.example")


@pytest.fixture
def voice(signed_in: Callable[[str], TestClient]) -> TestClient:
    """The reviewer's browser."""
    return signed_in("voice@ours.example")


@pytest.fixture
def admin(signed_in: Callable[[str], TestClient]) -> TestClient:
    """The admin's browser."""
    return signed_in("admin@ours.example")


@pytest.fixture
def bearer(services: SmallServices) -> Callable[[str], dict[str, str]]:
    """Makes the Authorization header of a program that acts for an address."""
    return lambda address: {"Authorization": f"Bearer {services.people.add_token(address, 'test')}"}


@pytest.fixture
def submit(sales: TestClient) -> Callable[[], str]:
    """Hands in a request as sales@ours.example; returns its id."""

    def hand_in() -> str:
        body = {
            "subject": "A simple export",
            "body": "We need a simple export of job reports.",
            "customer": "Acorn",
        }
        return str(sales.post("/api/v1/requests", json=body).json()["id"])

    return hand_in


@pytest.fixture
def drafted(submit: Callable[[], str], services: SmallServices) -> str:
    """The id of a request with a draft that may be approved as it is."""
    request_id = submit()
    services.store.begin_drafting(request_id)
    services.store.save_draft(ready_draft(request_id))
    return request_id


@pytest.fixture
def open_ways(services: SmallServices) -> FastAPI:
    """The application with five ways in switched on; Amazon is the tests' own."""
    secrets = {f"{name}_secret": SecretStr(value) for name, value in calls.SECRETS.items()}
    services.settings = services.settings.model_copy(update=secrets)
    app = create_app(services)  # type: ignore[arg-type]
    app.state.providers = Providers(services.settings, {"ses": Ses(calls.amazon().fetch)})
    return app


@pytest.fixture
def outside(open_ways: FastAPI) -> TestClient:
    """Another system: no cookie, no token, no Origin."""
    return TestClient(open_ways, BASE_URL, follow_redirects=False)
