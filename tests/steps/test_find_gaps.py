"""`find_gaps` caps what any analyst says: five questions, the rest folded, none lost."""

from __future__ import annotations

import pytest

from tests.fakes import ScriptedAnalyst, question, request
from triage.domain import MAX_QUESTIONS, Category, Cleared, Evidence, Gaps, Reading
from triage.steps import find_gaps


@pytest.mark.parametrize("number", [0, 1, MAX_QUESTIONS, MAX_QUESTIONS + 1, 40])
def test_at_most_five_questions_and_none_lost(number: int) -> None:
    asked = tuple(question(f"scale.point-{n}") for n in range(number))
    fold = (question("audit.undo"),)
    cleared = (Cleared(category=Category.SSO, reason="nobody signs in differently"),)
    analyst = ScriptedAnalyst(gaps=Gaps(questions=asked, folded=fold, cleared=cleared))
    gaps = find_gaps(analyst, request(), Reading(), Evidence()).value
    assert len(gaps.questions) == min(number, MAX_QUESTIONS)
    assert (*gaps.questions, *gaps.folded) == (*asked, *fold)
    assert gaps.cleared == cleared
