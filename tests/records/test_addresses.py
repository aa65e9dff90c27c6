"""Whose address is right, by whose word."""

from __future__ import annotations

import pytest

from tests.records.conftest import Jobs
from tests.records.material import new_draft, new_request
from triage.domain import Who
from triage.errors import BadInput, NotFound
from triage.records.store import Store

ID, ADDRESS, BY = "r-0001", "ines@birch.example", "tara@example.com"


@pytest.fixture
def taken_in(store: Store, jobs: Jobs) -> Store:
    store.accept(new_request(asker_address="Ines@Birch.example"), jobs)
    return store


def test_somebody_says_so_and_takes_it_back(taken_in: Store) -> None:
    assert taken_in.verification(ID, ADDRESS) is None
    taken_in.verify_address(ID, " INES@birch.example ", BY)
    said = taken_in.verification(ID, "Ines@Birch.example")
    assert said is not None
    assert (said.by, said.detail) == (BY, ADDRESS)
    assert taken_in.address_verified(ID, ADDRESS)
    taken_in.withdraw_address(ID, ADDRESS, BY)
    assert not taken_in.address_verified(ID, ADDRESS)
    assert [event.kind for event in taken_in.events(ID)][-2:] == ["verified", "unverified"]


def test_it_holds_for_this_very_address_only(taken_in: Store) -> None:
    taken_in.verify_address(ID, ADDRESS, BY)
    assert not taken_in.address_verified(ID, "ines@birch.example.evil.example")
    assert not taken_in.address_verified("r-0002", ADDRESS)
    assert not taken_in.address_verified(ID, "")


def test_only_the_address_of_the_asker_can_be_right(taken_in: Store) -> None:
    for other in ("else@birch.example", ""):
        with pytest.raises(BadInput, match="asker's address"):
            taken_in.verify_address(ID, other, BY)
    with pytest.raises(NotFound):
        taken_in.verify_address("r-nothing", ADDRESS, BY)


def test_a_corrected_address_has_to_be_looked_at_anew(taken_in: Store) -> None:
    taken_in.begin_drafting(ID)
    taken_in.verify_address(ID, ADDRESS, BY)
    taken_in.save_draft(new_draft(version=0))
    taken_in.correct_who(ID, Who(asker_address="new@birch.example"), BY)
    assert not taken_in.address_verified(ID, "new@birch.example")
    with pytest.raises(BadInput):
        taken_in.verify_address(ID, ADDRESS, BY)
