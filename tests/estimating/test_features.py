"""What the length and layout of a text say."""

from __future__ import annotations

import math

import pytest

from triage.estimating.features import FEATURES, length_features

BODY = """Two words
- first https://example.com/a
- second http://example.com/b
1. third
```
code
```"""


def named(title: str, body: str) -> dict[str, float]:
    return dict(zip(FEATURES, length_features(title, body), strict=True))


def test_every_feature_by_hand() -> None:
    found = named("Title", BODY)
    assert found == {
        "title_length": pytest.approx(math.log(6)),
        "body_length": pytest.approx(math.log(1 + len(BODY))),
        "body_words": pytest.approx(math.log(1 + 13)),
        "body_lines": pytest.approx(math.log(1 + 6)),
        "links": pytest.approx(math.log(3)),
        "list_entries": pytest.approx(math.log(4)),
        "has_code": 1.0,
        "has_no_body": 0.0,
    }


def test_nothing_at_all() -> None:
    assert named("", "  \n ") == dict.fromkeys(FEATURES, 0.0) | {"has_no_body": 1.0}


@pytest.mark.parametrize(
    "body", ["{code}x{code}", "{noformat}", "It broke:\n  at org.example.Main(Main.java:1)"]
)
def test_code_and_stack_traces_are_seen(body: str) -> None:
    assert named("", body)["has_code"] == 1.0
    assert named("", "It broke at home.")["has_code"] == 0.0


def test_texts_in_other_languages_have_a_length_too() -> None:
    assert named("Größe ändern", "会议室预订需要审批。")["body_length"] > 0
