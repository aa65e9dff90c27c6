"""The sample company: people, notes, history and ten incoming mails. Loading it twice adds nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from triage.bootstrap import Services
from triage.content import content_dir
from triage.domain import Person, Role
from triage.errors import Conflict
from triage.history import read_history
from triage.intake.accept import accept_request
from triage.intake.email import parse_mail
from triage.knowledge_in import index_notes
from triage.settings import Settings


def sample_dir() -> Path:
    """Where the sample company lives."""
    return content_dir("knowledge") / "sample"


def with_sample_knowledge(settings: Settings) -> Settings:
    """Settings with the sample's map, domain and support address, where the operator set none."""
    team = _team()
    own = {
        "knowledge_dir": sample_dir(),
        "team_domains": team["domain"],
        "support_address": team["support_address"],
        "mail_from": team["request_address"],
        "log_level": "WARNING",  # or the sign-in link scrolls away
    }
    chosen = settings.model_fields_set
    return settings.model_copy(update={name: value for name, value in own.items() if name not in chosen})


def load_sample(services: Services, indexed: Callable[[], object]) -> None:
    """Put the sample company into the records and accept its mails; what is there already stays.

    `indexed`: returns once the index holds its knowledge, so that the first drafts find it.
    """
    team = _team()
    for person in team["people"]:
        if services.people.get(person["address"]) is None:
            services.people.add(
                Person(address=person["address"], name=person["name"], role=Role(person["role"]))
            )
    for route in team["routes"]:
        services.people.route(route["area"], route["reviewer"], route["deputy"])
    index_notes(services.knowledge, sample_dir() / "notes")
    services.knowledge.put_past(read_history(sample_dir() / "history.jsonl"))
    indexed()
    for path in sorted((sample_dir() / "inbox").glob("*.eml")):
        request = parse_mail(path.read_bytes(), own_domains=services.settings.own_domains)
        with suppress(Conflict):  # accepted by an earlier version, which read this mail differently
            accept_request(
                services,
                request.model_copy(update={"product": team["product"]}),
                idempotency_key=f"sample-{path.name}",
            )


def _team() -> Any:
    return yaml.safe_load((sample_dir() / "team.yaml").read_text(encoding="utf-8"))
