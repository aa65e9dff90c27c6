"""The service's own past as files that the suite reads."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from evals.retrieval.data import read_collection
from evals.retrieval.export import DOCS, QRELS, Own, export
from tests.fakes import past, question
from triage.domain import Citation, Draft, EvidenceKind, QuestionState, Request
from triage.errors import BadFile, BadInput

PAST = [
    past("p-1", opened="2025-03", product_area="Billing / Export", body='With "quotes",\nand lines'),
    past("p-2", opened="2025-04-02"),
    past("p-late", opened="2026-05-01"),
    past("p-undated"),
    past("r-1", opened="2026-03-02", subject="Export again"),
]
REQUESTS = {"r-1": Request(id="r-1", received=datetime(2026, 3, 2, 9, tzinfo=UTC))}


def approved(**said: QuestionState) -> Draft:
    """One question for each past request, named with `_` for `-`."""
    questions = tuple(
        question(state=state, evidence=(Citation(kind=EvidenceKind.PAST, id=name.replace("_", "-")),))
        for name, state in said.items()
    )
    return Draft(request_id="r-1", questions=questions)


def test_what_reviewers_kept_is_relevant(tmp_path: Path) -> None:
    kept, dropped = QuestionState.ACCEPTED, QuestionState.DROPPED
    draft = approved(p_1=kept, p_2=dropped, p_late=kept, p_undated=kept, p_gone=kept)
    assert export(Own(PAST, [draft], REQUESTS), tmp_path / "new") == (4, 1)
    found = read_collection(tmp_path / "new" / DOCS, tmp_path / "new" / QRELS)
    assert found.relevant == {"r-1": {"p-1"}}
    assert [report.id for report in found.reports] == ["p-1", "p-2", "r-1", "p-late"]
    assert found.reports[0].area == "Billing / Export"
    assert found.reports[0].description == PAST[0].body
    assert [query.id for query in found.queries("test")] == ["r-1"]


def test_nothing_to_measure_is_said_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No approved request keeps"):
        export(Own(PAST, [approved(p_2=QuestionState.DROPPED)], REQUESTS), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    own = Own(PAST, [approved(p_1=QuestionState.ACCEPTED)], REQUESTS)
    with pytest.raises(BadFile, match="file cannot be written"):
        export(own, tmp_path / "file")
