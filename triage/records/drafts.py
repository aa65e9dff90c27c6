"""Drafts: the pipeline's and each human edit, as versions that are never written over."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from triage.domain import Draft, Frozen, RequestRecord, Status
from triage.errors import Conflict
from triage.records import tables
from triage.records.claims import hold
from triage.records.database import Connected
from triage.records.rows import (
    add_event,
    conflict,
    fetch,
    fetch_draft,
    inbox_columns,
    insert_draft,
    move,
    same_content,
)

AI = "ai"
_D = tables.drafts.c
_R = tables.requests.c
_DRAFTABLE = (Status.RECEIVED, Status.DRAFTING, Status.PARKED)


class Version(Frozen):
    """A stored version without its contents. `autosaved`: nobody pressed a button."""

    version: int
    round: int
    author: str  # "ai" or an address
    created: datetime
    autosaved: bool


class Drafts(Connected):
    """Versioned drafts of a request."""

    def save_draft(self, draft: Draft) -> Draft:
        """Store the pipeline's draft and put the request in review; a repeat in the same round adds nothing.

        The round is the request's own. A draft that comes late (the request was closed meanwhile) is kept,
        but moves nothing and is not what anybody sees. Raises NotFound.
        """
        with self._writing() as connection:
            record = fetch(connection, draft.request_id)
            earlier = _ai_draft(connection, draft.request_id, record.round)
            if earlier:
                return earlier
            saved = insert_draft(connection, draft.model_copy(update={"author": AI, "round": record.round}))
            columns = {"status": Status.IN_REVIEW, "trouble": ""} | inbox_columns(saved)
            move(connection, draft.request_id, expected=_DRAFTABLE, **columns)
            detail = f"drafted version {saved.version}"
            add_event(connection, draft.request_id, "drafted", "", detail, self._now())
        return saved

    def save_edit(
        self, draft: Draft, *, base_version: int, by: str, autosaved: bool = False, take_over: bool = False
    ) -> Draft:
        """Store a human's edit of `base_version` as a new version; unchanged content adds none.

        The request is then theirs for a while (see `claims`). `autosaved`: it saved itself while they typed.

        Raises:
            Claimed: somebody else is working on it, and `take_over` is False.
            Conflict: somebody saved or decided since; the message says who, what and when.
            NotFound: no such request or base version.
        """
        at = self._now()
        with self._writing() as connection:
            record = unchanged(connection, draft.request_id, base_version, "saved")
            hold(connection, record, by, at, take_over=take_over)
            return save_version(connection, draft, base_version, by, at, autosaved=autosaved)

    def draft(self, request_id: str, version: int) -> Draft:
        """One stored version. Raises NotFound."""
        with self._reading() as connection:
            return fetch_draft(connection, request_id, version)

    def latest_draft(self, request_id: str) -> Draft | None:
        """The version in force: the newest one the reviewer sees, or saw when deciding. Raises NotFound."""
        with self._reading() as connection:
            record = fetch(connection, request_id)
            return fetch_draft(connection, request_id, record.draft_version) if record.draft_version else None

    def first_ai_draft(self, request_id: str) -> Draft | None:
        """What the pipeline wrote in the current round, before any human touched it. Raises NotFound."""
        with self._reading() as connection:
            record = fetch(connection, request_id)
            return _ai_draft(connection, request_id, record.round)

    def drafts(self, request_id: str) -> list[Draft]:
        """Every version, oldest first."""
        query = sa.select(_D.payload).where(_D.request_id == request_id).order_by(_D.version)
        with self._reading() as connection:
            return [Draft.model_validate_json(payload) for payload in connection.execute(query).scalars()]

    def approved_drafts(self, limit: int) -> list[Draft]:
        """The drafts as they were approved, the latest first."""
        approved = sa.and_(_R.id == _D.request_id, _R.approved_version == _D.version)
        query = sa.select(_D.payload).join(tables.requests, approved).order_by(_R.answered.desc(), _R.id)
        with self._reading() as connection:
            payloads = connection.execute(query.limit(limit)).scalars()
            return [Draft.model_validate_json(payload) for payload in payloads]

    def approvals_digest(self) -> str:
        """Changes when `approved_drafts` would give something else."""
        query = sa.select(sa.func.count(), sa.func.sum(_R.approved_version), sa.func.max(_R.answered))
        with self._reading() as connection:
            row = connection.execute(query.where(_R.approved_version > 0)).one()
            return "/".join(str(each) for each in row)

    def versions(self, request_id: str) -> list[Version]:
        """Every version, oldest first; of a run of versions that saved themselves while one person typed,
        only the last."""
        columns = (_D.version, _D.round, _D.author, _D.created, _D.autosaved)
        query = sa.select(*columns).where(_D.request_id == request_id).order_by(_D.version)
        with self._reading() as connection:
            found = [Version.model_validate(dict(row._mapping)) for row in connection.execute(query)]
        later = [*found[1:], None]
        return [one for one, after in zip(found, later, strict=True) if not _goes_on(one, after)]

    def spent_today(self) -> float:
        """US dollars spent on models for drafts since midnight UTC."""
        midnight = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        query = sa.select(sa.func.sum(_D.cost)).where(_D.author == AI, _D.created >= midnight)
        with self._reading() as connection:
            return connection.execute(query).scalar_one_or_none() or 0.0


def unchanged(connection: sa.Connection, request_id: str, version: int, wanted: str) -> RequestRecord:
    """The request, which is in review with `version` as its newest. Raises Conflict, NotFound."""
    record = fetch(connection, request_id)
    if record.status is not Status.IN_REVIEW or record.draft_version != version:
        raise stale(connection, request_id, wanted)
    return record


def save_version(
    connection: sa.Connection,
    draft: Draft,
    base_version: int,
    by: str,
    at: datetime,
    *,
    autosaved: bool = False,
) -> Draft:
    """Compare-and-set on the draft version while the request is in review. Raises Conflict, NotFound."""
    record = unchanged(connection, draft.request_id, base_version, "saved")
    base = fetch_draft(connection, draft.request_id, base_version)
    if same_content(base, draft):
        if not autosaved and _settle(connection, base):
            add_event(connection, draft.request_id, "edited", by, f"saved version {base_version}", at)
        return base
    edit = draft.model_copy(update={"author": by, "round": record.round, "created": at})
    saved = insert_draft(connection, edit, autosaved=autosaved)
    columns = inbox_columns(saved)
    if not move(connection, draft.request_id, expected=[Status.IN_REVIEW], version=base_version, **columns):
        raise stale(connection, draft.request_id, "saved")
    if not autosaved:
        add_event(connection, draft.request_id, "edited", by, f"saved version {saved.version}", at)
    elif not _typing(connection, base, by):
        detail = f"began to edit, version {saved.version} and on"
        add_event(connection, draft.request_id, "autosaved", by, detail, at)
    return saved


def stale(connection: sa.Connection, request_id: str, wanted: str) -> Conflict:
    """The conflict of somebody who read an older state."""
    remedy = "Reload the page, look at what changed and try again; your text was not stored."
    return conflict(connection, request_id, wanted, remedy)


def _ai_draft(connection: sa.Connection, request_id: str, round_: int) -> Draft | None:
    query = sa.select(_D.payload).where(_D.request_id == request_id, _D.round == round_, _D.author == AI)
    payload = connection.execute(query).scalar_one_or_none()
    return Draft.model_validate_json(payload) if payload else None


def _settle(connection: sa.Connection, draft: Draft) -> bool:
    """A version that saved itself and is now saved by hand; False when it was before."""
    own = (_D.request_id == draft.request_id, _D.version == draft.version, _D.autosaved.is_(True))
    return connection.execute(sa.update(tables.drafts).where(*own).values(autosaved=False)).rowcount == 1


def _typing(connection: sa.Connection, base: Draft, by: str) -> bool:
    """True when `base` saved itself while the same person typed."""
    query = sa.select(_D.autosaved).where(_D.request_id == base.request_id, _D.version == base.version)
    return base.author == by and bool(connection.execute(query).scalar_one())


def _goes_on(version: Version, after: Version | None) -> bool:
    return bool(version.autosaved and after and after.autosaved and after.author == version.author)
