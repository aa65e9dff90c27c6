from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.judging.judged import read_items
from evals.judging.matcher import SHIPPED, Matcher, main, read_trained
from evals.judging.pair_features import FEATURES, Asked, Rarity, clauses, features, stems
from tests.evals.material import line, write
from tests.fakes import WordEncoder
from triage.domain import Category, Request, Surprise
from triage.errors import BadFile
from triage.retrieval.embed import SentenceEncoder

REQUEST = Request(
    id="r", subject="Export the member list", body="We need all members as a file for the printer."
)
HIDDEN = Surprise(
    category=Category.PERMISSIONS,
    question="May every member of staff take all addresses out, or only administrators?",
    evidence="Later the export was barred for moderators.",
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.load(SentenceEncoder())


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "category", "hit"),
    [
        ("Who may export all addresses: all staff, or administrators only?", "permissions", True),
        ("May all staff export every member's address, or just administrators?", "permissions", True),
        ("Which columns must the file have?", "reporting", False),
        ("In which languages must the column titles appear?", "clients", False),
        ("Who may change the template of the printer?", "permissions", False),
    ],
)
def test_obvious_pairs(matcher: Matcher, question: str, category: str, hit: bool) -> None:
    ((probability,),) = matcher.probabilities(REQUEST, [HIDDEN], [Asked(question, category)])
    assert (probability >= matcher.trained.threshold) is hit


@pytest.mark.model
def test_one_row_per_hidden_item_and_one_column_per_question(matcher: Matcher) -> None:
    asked = [Asked("Who may export?", "permissions"), Asked("How large is it?", "scale")]
    rows = matcher.probabilities(REQUEST, [HIDDEN, HIDDEN, HIDDEN], asked)
    assert [len(row) for row in rows] == [2, 2, 2]
    assert matcher.probabilities(REQUEST, [HIDDEN], []) == [[]]
    assert matcher.probabilities(REQUEST, [], asked) == []


def test_what_ships_says_what_it_is_worth() -> None:
    held_out = read_trained().held_out
    assert held_out.kappa >= 0.5  # below that a judged number would have to be withheld
    assert abs(held_out.hard_bias) < 0.03
    assert SHIPPED.stat().st_size < 60_000


def test_a_matcher_of_another_model_is_refused() -> None:
    with pytest.raises(BadFile, match="Train it again"):
        Matcher(read_trained(), WordEncoder())


def test_a_broken_matcher_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no trained matcher"):
        read_trained(write(tmp_path / "m.json", ["{}"]))
    with pytest.raises(BadFile, match="cannot be read"):
        read_trained(tmp_path / "gone.json")


def test_rare_words_weigh_more() -> None:
    rarity = Rarity.of(["the asset list", "an asset file", "asset history", "signature"])
    wanted = stems("asset signature")
    assert rarity.share(wanted, stems("signature")) > 0.75
    assert rarity.share(wanted, frozenset()) == 0
    assert rarity.share(frozenset(), wanted) == 0


def test_words_are_compared_by_stem_and_clauses_have_two_words() -> None:
    assert stems("exported") == stems("exporting")
    assert clauses("Who may export, and how, all members or some guests?") == [
        "Who may export",
        "all members",
        "some guests",
    ]
    assert clauses("Why?") == ["Why?"]


def test_features_have_one_row_per_question() -> None:
    rows = features(
        WordEncoder(), Rarity(1, {}), "export", HIDDEN, [Asked("Who may export?", "permissions")] * 3
    )
    assert rows.shape == (3, len(FEATURES))
    assert (rows[:, FEATURES.index("same_category")] == 1).all()


def test_judged_drafts_are_read_with_their_case(tmp_path: Path) -> None:
    cases = write(tmp_path / "cases.jsonl", [line()])
    good = {
        "id": "gallery-1",
        "questions": [{"question": "Who may?", "category": "permissions"}],
        "gold": ["hit"],
        "by": [0],
    }
    (item,) = read_items(write(tmp_path / "judged.jsonl", [json.dumps(good)]), cases)
    assert (item.hit, item.by, item.hidden.question) == (True, 0, "Who may export?")


@pytest.mark.parametrize(
    "changes", [{"gold": ["maybe"]}, {"id": "unknown"}, {"gold": ["hit", "miss"]}, {"by": []}]
)
def test_a_bad_judged_line_is_named(
    tmp_path: Path, changes: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    cases = write(tmp_path / "cases.jsonl", [line()])
    row = {"id": "gallery-1", "questions": [], "gold": ["miss"], "by": [None]} | changes
    judged = write(tmp_path / "judged.jsonl", [json.dumps(row)])
    assert main(["measure", "--judged", str(judged), "--cases", str(cases)]) == 2
    assert "line 1" in capsys.readouterr().err
