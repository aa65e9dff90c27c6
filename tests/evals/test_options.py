from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.options import Options, check, load, save
from triage.errors import BadFile, BadInput

CASES = Options("hidden-work", Path("cases.jsonl"), Path("out"))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (replace(CASES, suite="colours"), "no suite colours"),
        (replace(CASES, suite="safety"), "not there yet"),
        (replace(CASES, cases=None), "needs --cases"),
        (replace(CASES, data=Path("issues.csv")), "--data means nothing to the suite hidden-work"),
        (replace(CASES, suite="answers", qrels=Path("q.csv")), "--qrels means nothing"),
        (replace(CASES, no_history=True), "beside --stream"),
        (replace(CASES, live=True, history=Path("h")), "the service's own"),
        (replace(CASES, live=True, stream=True, no_history=True), "contradict"),
        (replace(CASES, stream=True, no_history=True, history=Path("h")), "contradict"),
        (replace(CASES, learn_from=(Path("y"),)), "beside --held-out"),
        (replace(CASES, stream=True, workers=2), "waits for the ones before it"),
    ],
)
def test_options_that_cannot_be_are_refused(options: Options, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        check(options)


def test_a_stream_is_drafted_one_by_one_and_a_model_several_at_a_time() -> None:
    assert CASES.threads(waits_for_model=False) == 1
    assert CASES.threads(waits_for_model=True) == 4
    assert replace(CASES, workers=7).threads(waits_for_model=True) == 7
    assert replace(CASES, stream=True).threads(waits_for_model=True) == 1
    assert replace(CASES, stream=True, no_history=True).threads(waits_for_model=True) == 4


def test_a_run_is_taken_up_with_its_own_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = replace(
        CASES,
        out=tmp_path,
        product_map=Path("map.md"),
        held_out=True,
        learn_from=(Path("more.jsonl"),),
        filters=("billing",),
        repeat=3,
        budget=1.5,
        fresh=True,
    )
    save(options)
    found = load(tmp_path)
    here = tmp_path.resolve()
    assert found == replace(
        options,
        cases=here / "cases.jsonl",
        product_map=here / "map.md",
        learn_from=(here / "more.jsonl",),
        fresh=False,
    )


@pytest.mark.parametrize("content", [None, "{", "[]", json.dumps({"suite": "answers"})])
def test_a_folder_without_a_run_cannot_be_gone_on_with(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "options.json").write_text(content)
    with pytest.raises(BadFile, match="no run"):
        load(tmp_path)
