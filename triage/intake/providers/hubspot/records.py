"""What HubSpot's API says about the records that events name only by number.

Date-versioned API 2026-03: objects and associations are read in batches, so a call with a hundred events
costs no more questions than one
(https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/deals/guide). Reading the records
has to work; who the company, the contact and the owner are is asked with the time that is left.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from triage.errors import SetupError, Unreachable
from triage.intake.providers.asking import Api
from triage.intake.providers.payload import Json, object_at, objects_at, text_at
from triage.settings import Settings

TIME_S = 4.0  # HubSpot waits five seconds for our answer
_VERSION = "2026-03"
_MOST = 100  # records of one batch
_MOST_OWNERS = 10
_BESIDE = {"companies": ("name",), "contacts": ("firstname", "lastname", "email")}
_OWNER = re.compile(r"\d{1,20}")
_NAMELESS = "HubSpot did not say in time who the customer and the owner are."


@dataclass(frozen=True)
class Record:
    """One record as the field map reads it."""

    payload: Json
    defects: tuple[str, ...] = ()


@dataclass
class _Beside:
    """What is found beside the records: by record id the first company and contact, by owner id the owner."""

    companies: dict[str, Json] = field(default_factory=dict)
    contacts: dict[str, Json] = field(default_factory=dict)
    owners: dict[str, Json] = field(default_factory=dict)
    defects: tuple[str, ...] = ()


class Records:
    """Reads records with the token of the settings."""

    def __init__(self, settings: Settings, properties: Sequence[str], time_s: float = TIME_S) -> None:
        self._api = Api(
            "HubSpot",
            settings.hubspot_api,
            settings.hubspot_token.get_secret_value(),
            "TRIAGE_HUBSPOT_API",
            "TRIAGE_HUBSPOT_TOKEN",
        )
        self._properties = sorted({*properties, "hubspot_owner_id"})
        self._time_s = time_s

    def read(self, kind: str, ids: Sequence[str]) -> Mapping[str, Record]:
        """The records of a kind ("deals", "tickets") by id; one that is gone is missing.

        Raises:
            SetupError: no token, or one that may not read this.
            Unreachable: HubSpot does not answer in time.
        """
        if not self._api.token:
            raise SetupError(
                "HubSpot sent the number of a record but not what it says, and no token to ask with is set.",
                "Set TRIAGE_HUBSPOT_TOKEN, or use a workflow that sends the properties. HubSpot repeats the "
                "call for a day.",
            )
        until = time.monotonic() + self._time_s
        found = dict(self._batches(kind, ids, self._properties, until))
        beside = self._beside(kind, found, until)
        return {key: self._record(key, properties, beside) for key, properties in found.items()}

    def owner(self, owner_id: str) -> Json:
        """The owner with this id, {} when that cannot be learned now."""
        until = time.monotonic() + self._time_s
        try:
            return self._owner(owner_id, until) if self._api.token else {}
        except (SetupError, Unreachable):
            return {}

    def _batches(
        self, kind: str, ids: Sequence[str], properties: Sequence[str], until: float
    ) -> Iterator[tuple[str, Json]]:
        for start in range(0, len(ids), _MOST):
            inputs = [{"id": key} for key in ids[start : start + _MOST]]
            body = {"properties": list(properties), "inputs": inputs}
            answer = self._api.ask(f"/crm/objects/{_VERSION}/{kind}/batch/read", until=until, body=body)
            for result in objects_at(answer, "results"):
                yield str(result.get("id", "")), object_at(result, "properties")

    def _beside(self, kind: str, found: Mapping[str, Json], until: float) -> _Beside:
        beside = _Beside()
        if not found:
            return beside
        try:
            for other in _BESIDE:
                getattr(beside, other).update(self._associated(kind, other, list(found), until))
            owners = {text_at(properties, "hubspot_owner_id") for properties in found.values()} - {""}
            for owner_id in sorted(owners)[:_MOST_OWNERS]:
                beside.owners[owner_id] = self._owner(owner_id, until)
        except (SetupError, Unreachable):
            beside.defects = (_NAMELESS,)
        return beside

    def _associated(
        self, kind: str, other: str, ids: Sequence[str], until: float
    ) -> Iterator[tuple[str, Json]]:
        """The first record of another kind that each record hangs together with."""
        body = {"inputs": [{"id": key} for key in ids[:_MOST]]}
        answer = self._api.ask(
            f"/crm/associations/{_VERSION}/{kind}/{other}/batch/read", until=until, body=body
        )
        first: dict[str, str] = {}
        for result in objects_at(answer, "results"):
            for to in objects_at(result, "to")[:1]:
                first[str(object_at(result, "from").get("id", ""))] = str(to.get("toObjectId", ""))
        named = dict(self._batches(other, sorted(set(first.values())), _BESIDE[other], until))
        for key, other_id in first.items():
            yield key, named.get(other_id, {})

    def _owner(self, owner_id: str, until: float) -> Json:
        if not _OWNER.fullmatch(owner_id):
            return {}
        return self._api.ask(f"/crm/owners/{_VERSION}/{owner_id}", until=until)

    @staticmethod
    def _record(key: str, properties: Json, beside: _Beside) -> Record:
        contact = beside.contacts.get(key, {})
        names = (text_at(contact, "firstname"), text_at(contact, "lastname"))
        payload: dict[str, Any] = {
            "properties": properties,
            "company": beside.companies.get(key, {}),
            "contact": {**contact, "name": " ".join(filter(None, names))},
            "owner": beside.owners.get(text_at(properties, "hubspot_owner_id"), {}),
        }
        return Record(payload, beside.defects)
