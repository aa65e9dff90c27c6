"""The shipped cases are what their README says, and the default analyst does not fall below its floor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.cases import CaseFile, in_time_order, read_cases
from evals.judging.matcher import Matcher
from evals.judging.pair_features import Asked
from triage.domain import Category
from triage.oneoff import OneOff
from triage.retrieval.embed import SentenceEncoder
from triage.settings import Settings

SAME = 7  # words in a row that two texts may not share
# Recorded on 2026-11-20, a little below what the catalogue reached then (0.12, 0.39 and 0.4).
FLOOR_VERY_THING, FLOOR_AREA, CEILING_ON_SMALL = 0.09, 0.33, 1.0


@pytest.fixture(scope="module")
def path(root: Path) -> Path:
    return root / "evals" / "data" / "cases.jsonl"


@pytest.fixture(scope="module")
def file(path: Path) -> CaseFile:
    return read_cases(path)


def test_there_are_sixty_of_which_fifteen_hid_nothing(file: CaseFile) -> None:
    assert len(file.cases) == 60
    assert sum(case.small for case in file.cases) == 15
    assert sum(len(case.hidden) for case in file.cases) == 158
    assert max(len(case.hidden) for case in file.cases) == 5
    assert {item.category for case in file.cases for item in case.hidden} == set(Category)
    assert {case.source.split("#")[0] for case in file.cases} == {"invented:fieldhand"}


def test_every_case_has_all_that_is_documented(file: CaseFile) -> None:
    for case in file.cases:
        assert case.request.product
        assert case.request.subject
        assert case.size
        assert case.promises is not None
        assert not set(case.irrelevant) & {item.category for item in case.hidden}
        assert case.opened < case.closed
        for item in case.hidden:
            assert item.question.endswith("?")
            assert item.evidence
            assert case.opened[:7] <= item.surfaced
    assert sum(bool(case.promises) for case in file.cases) == 7
    assert in_time_order(file.cases) == file.cases


def test_requests_vary(file: CaseFile) -> None:
    lengths = sorted(len(case.request.body.split()) for case in file.cases)
    assert lengths[0] < 25
    assert lengths[-1] > 110
    assert len({case.request.channel for case in file.cases}) == 3
    assert len({case.request.from_role for case in file.cases}) == 3


def test_every_address_is_at_an_example_domain(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    hosts = re.findall(r"(?:@|https?://)([\w.-]+\w)", text)
    assert hosts
    assert all(host.endswith(".example") for host in hosts)


def test_nothing_is_taken_over_from_the_sample_company(path: Path, root: Path) -> None:
    sample = root / "knowledge" / "sample"
    others = [sample / "history.jsonl", *sorted((sample / "inbox").glob("*.eml"))]
    taken = {run for other in others for run in runs(other.read_text(encoding="utf-8", errors="replace"))}
    taken |= {
        run
        for kinds in sorted((root / "knowledge" / "hidden_work").rglob("*.yaml"))
        for run in runs(kinds.read_text(encoding="utf-8"))
    }
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        told = [row["request"]["subject"], row["request"]["body"]]
        told += [text for item in row["hidden_work"] for text in (item["question"], item["evidence"])]
        assert not {run for text in told for run in runs(text)} & taken


def runs(text: str) -> Iterator[str]:
    """Every `SAME` words in a row."""
    words = re.findall(r"[a-z0-9']+", text.lower())
    return (" ".join(words[at : at + SAME]) for at in range(len(words) - SAME + 1))


@pytest.mark.model
def test_the_default_analyst_keeps_its_floor(file: CaseFile) -> None:
    encoder = SentenceEncoder()
    drafter, matcher = OneOff(Settings(_env_file=None), encoder), Matcher.load(encoder)
    hits = areas = hidden = on_small = 0
    for case in file.cases:
        questions = drafter.draft(case.request).questions
        asked = [Asked(question.question, question.category.value) for question in questions]
        rows = matcher.probabilities(case.request, case.hidden, asked)
        hits += sum(max(row, default=0.0) >= matcher.trained.threshold for row in rows)
        areas += sum(item.category in {one.category for one in questions} for item in case.hidden)
        hidden += len(case.hidden)
        on_small += len(questions) if case.small else 0
    assert hits / hidden >= FLOOR_VERY_THING
    assert areas / hidden >= FLOOR_AREA
    assert on_small / sum(case.small for case in file.cases) <= CEILING_ON_SMALL
