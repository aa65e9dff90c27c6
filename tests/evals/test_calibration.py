"""Training on invented drafts whose answer is plain: the regression must find it, on unseen projects too."""

from __future__ import annotations

import pytest

from evals.judging import calibration
from evals.judging.judged import Item
from evals.judging.pair_features import Asked
from tests.evals.material import case
from tests.fakes import WordEncoder

TOPICS = (
    "permissions",
    "audit",
    "scale",
    "sso",
    "billing",
    "imports",
    "clients",
    "setup",
    "support",
    "workflow",
)


def items() -> list[Item]:
    found = []
    for place in range(40):
        topic, other = TOPICS[place % 10], TOPICS[(place + 3) % 10]
        one = case(
            f"c{place}",
            [(topic, f"Is the {topic} rule kept for word{place} everywhere?")],
            source=f"p{place}#1",
        )
        hit = place % 2 == 0
        same = Asked(f"Is the {topic} rule kept everywhere for word{place}?", topic)
        foreign = Asked(f"May {other} be delayed by noise{place}?", other)
        asked = (foreign, same) if hit else (foreign,)
        found.append(Item(one, one.hidden[0], asked, hit, 1 if hit else None))
    return found


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = WordEncoder()
    monkeypatch.setattr(calibration, "_encoder", lambda: encoder)


def test_what_is_plain_is_learned_and_held_out_projects_agree() -> None:
    own, carried = calibration.cross_validate(items(), items()[:10])
    assert own.kappa > 0.9
    assert own.items == 40
    assert abs(own.hard_bias) < 0.05
    assert carried is not None
    assert carried.items == 10


def test_a_trained_matcher_carries_its_counts() -> None:
    trained = calibration.train(items())
    assert (trained.cases, trained.items, trained.hits) == (40, 40, 20)
    assert 0 < trained.threshold < 1
    assert trained.documents > 40


def test_folds_never_split_a_project() -> None:
    folds = calibration._folds([*items(), *items()], 0)
    assert set(folds) == {f"p{place}" for place in range(40)}
    assert set(folds.values()) == set(range(calibration.FOLDS))


def test_kappa_by_hand() -> None:
    # 4 agree of 6; chance = 3/6 * 3/6 + 3/6 * 3/6 = 0.5; kappa = (4/6 - 0.5) / 0.5
    pairs = [(True, True), (True, True), (True, False), (False, True), (False, False), (False, False)]
    judged = [calibration._Judgement(hit, 0.9 if called else 0.1, called) for hit, called in pairs]
    found = calibration._agreement(judged)
    assert found.kappa == pytest.approx(1 / 3)
    assert found.hard_bias == pytest.approx(0)
    assert found.expected_bias == pytest.approx(0)
