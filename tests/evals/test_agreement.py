"""Kappa, bias and the corrected share, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.judging.agreement import LEAST_LABELS, share
from evals.judging.judged import Gold, JudgedDraft, JudgedQuestion, Worth
from triage.domain import Category

ASKED = (JudgedQuestion(question="Who?", category=Category.PERMISSIONS),)


def draft(gold: str, key: str = "a", asked: Sequence[JudgedQuestion] = ASKED) -> JudgedDraft:
    """`gold` as letters: h hit, n near, m miss."""
    words = {"h": Gold.HIT, "n": Gold.NEAR, "m": Gold.MISS}
    by = tuple(0 if letter == "h" and asked else None for letter in gold)
    return JudgedDraft(id=key, questions=tuple(asked), gold=tuple(words[letter] for letter in gold), by=by)


# people's reading and the judge's: in two of twenty the judge sees a hit too many
READ = [
    *[(draft("h"), draft("h"))] * 12,
    *[(draft("m"), draft("h"))] * 2,
    *[(draft("m"), draft("m"))] * 6,
]


def test_agreement_by_hand() -> None:
    # 20 items: both yes 8, only people 2, only the judge 4, both no 6
    pairs = [(draft("h"), draft("h"))] * 8 + [(draft("h"), draft("n"))] * 2
    pairs += [(draft("m"), draft("h"))] * 4 + [(draft("n"), draft("m"))] * 6
    found = share("very_thing@5", "judge", [judge for _, judge in pairs], pairs)
    assert found
    assert (found.raw, found.agreement.labels, found.agreement.read_share) == (0.6, 20, 0.5)
    assert found.agreement.bias == pytest.approx(0.1)
    # agree 0.7, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5
    assert found.agreement.kappa == pytest.approx(0.4)
    assert found.withheld == "kappa 0.40 is below 0.5"
    assert found.value is None


def test_the_bias_on_what_people_read_is_taken_off_everywhere() -> None:
    everything = [draft("h")] * 80 + [draft("m")] * 20
    found = share("very_thing@5", "judge", everything, READ)
    assert found
    assert found.raw == 0.8
    assert found.value == pytest.approx(0.8 - 2 / 20)
    assert found.low < found.value < found.high


def test_where_nothing_was_asked_nothing_is_corrected() -> None:
    everything = [draft("h")] * 50 + [draft("m", asked=())] * 50
    found = share("very_thing@5", "judge", everything, READ)
    assert found
    assert found.value == pytest.approx(0.5 - 0.5 * 2 / 20)


def test_few_labels_or_labels_that_are_all_alike_say_nothing() -> None:
    few = share("very_thing@5", "judge", [draft("h")], [(draft("h"), draft("h"))] * (LEAST_LABELS - 1))
    alike = share("very_thing@5", "judge", [draft("h")], [(draft("h"), draft("h"))] * LEAST_LABELS)
    assert few
    assert alike
    assert few.withheld.startswith("19 labels")
    assert alike.withheld.startswith("all labels are alike")
    assert alike.agreement.kappa is None


def test_questions_are_measured_in_the_same_way() -> None:
    def read(worth: Worth | None, concerns: int | None) -> JudgedDraft:
        return JudgedDraft(id="a", questions=ASKED, gold=(), by=(), drafted=(worth,), concerns=(concerns,))

    machine = [read(Worth.NOISE, 1), read(Worth.USEFUL, 3)] * 10
    person = [read(Worth.NOISE, 1), read(None, 2)] * 10
    pairs = list(zip(person, machine, strict=True))
    noise = share("noise", "judge", machine, pairs)
    packed = share("packed", "judge", machine, pairs)
    assert noise
    assert packed
    assert (noise.raw, noise.agreement.labels) == (0.5, 10)
    assert (packed.agreement.kappa, packed.value) == (1.0, 0.5)
    assert share("useful", "matcher", [draft("h")], []) is None


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=LEAST_LABELS, max_size=60))
def test_kappa_and_bias_agree_with_their_definition(pairs: list[tuple[bool, bool]]) -> None:
    read = [(draft("h" if a else "m"), draft("h" if b else "n")) for a, b in pairs]
    found = share("very_thing@5", "judge", [machine for _, machine in read], read)
    assert found
    people, machine = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
    assert found.agreement.bias == pytest.approx(machine.mean() - people.mean())
    chance = people.mean() * machine.mean() + (1 - people.mean()) * (1 - machine.mean())
    if chance < 1:
        expected = ((people == machine).mean() - chance) / (1 - chance)
        assert found.agreement.kappa == pytest.approx(expected)
    if found.value is not None:  # on the very drafts that people read the correction is exact
        assert found.value == pytest.approx(people.mean())


def test_correction_recovers_the_truth_under_a_biased_judge() -> None:
    random = np.random.default_rng(7)
    truth = random.random(4000) < 0.4
    judge = np.where(truth, random.random(4000) < 0.95, random.random(4000) < 0.2)
    pairs = [(draft("h" if t else "m"), draft("h" if j else "m")) for t, j in zip(truth, judge, strict=True)]
    found = share("very_thing@5", "judge", [machine for _, machine in pairs], pairs[:300])
    assert found
    assert found.value is not None
    assert abs(found.raw - truth.mean()) > 0.08
    assert found.low <= truth.mean() <= found.high
    assert abs(found.value - truth.mean()) < 0.04
