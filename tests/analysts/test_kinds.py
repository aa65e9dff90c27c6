"""Kinds of change: cues without a model, likeness with the packaged one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fakes import WordEncoder, request
from tests.small_catalogue import catalogue, kind
from triage.analysts.kinds import FEATURES, MIN_SCORE, KindDetector, likeliest
from triage.analysts.vectors import CatalogueVectors
from triage.catalogue import load_catalogue
from triage.content import content_dir
from triage.domain import Request, best_score
from triage.intake.email import parse_mail
from triage.retrieval.embed import SentenceEncoder

INBOX = content_dir("knowledge") / "sample" / "inbox"


# --- by cue --------------------------------------------------------------------------------------


@pytest.fixture
def detector(words: WordEncoder, vectors: CatalogueVectors) -> KindDetector:
    return KindDetector(catalogue(kind("export"), kind("merge"), kind("archive")), words, vectors)


def test_a_cue_names_the_kind_and_its_sentence(detector: KindDetector) -> None:
    asked = request(subject="Our lists", body="The wish number is on the form. Could we merge two contacts?")
    (found,) = detector.find(asked)
    assert found.id == "merge"
    assert found.quote == "Could we merge two contacts?"
    assert 0 < found.score <= 1


def test_nothing_asked_nothing_found(detector: KindDetector) -> None:
    assert detector.find(request(subject="", body="")) == ()
    assert detector.find(request(subject="", body="Thank you!")) == ()
    assert detector.find(request(subject="Hello", body="We wish you a quiet winter and good health.")) == ()


def test_a_forwarders_note_is_read_when_there_is_no_body(detector: KindDetector) -> None:
    asked = request(subject="", body="", forwarder_note="They would like to archive old jobs.")
    assert [found.id for found in detector.find(asked)] == ["archive"]


def test_a_very_long_mail_costs_no_more_than_its_beginning(
    detector: KindDetector, words: WordEncoder
) -> None:
    detector.find(request(subject="", body="This sentence says nothing at all. " * 2_000))
    read = [text for text in words.encoded if text.startswith("This")]
    assert 0 < len(read) < 100


def test_the_signs_have_a_row_for_each_kind_and_none_without_words(detector: KindDetector) -> None:
    signs = detector.signs(request(subject="", body="Could we merge two contacts?"))
    assert signs is not None
    assert signs.rows.shape == (3, len(FEATURES))
    assert len(signs.quotes) == 3
    assert detector.signs(request(subject="", body="?")) is None


def test_the_likeliest_kinds_come_first_and_the_unlikely_not_at_all() -> None:
    kinds = [kind(f"kind{number}") for number in range(6)]
    scores = np.array([0.2, 0.9, MIN_SCORE - 0.01, 0.5, 0.4, 0.3])
    found = likeliest(kinds, [f"quote {number}" for number in range(6)], scores)
    assert [(each.id, each.quote) for each in found] == [
        ("kind1", "quote 1"), ("kind3", "quote 3"), ("kind4", "quote 4"), ("kind5", "quote 5"),
    ]  # fmt: skip


# --- with the packaged model and the shipped catalogue -------------------------------------------


@pytest.fixture(scope="module")
def shipped(encoder: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> KindDetector:
    cache = tmp_path_factory.mktemp("vectors") / "vectors.npz"
    return KindDetector(load_catalogue(), encoder, CatalogueVectors(encoder, cache=cache))


@pytest.mark.model
def test_several_kinds_each_with_its_own_quote(shipped: KindDetector) -> None:
    merge, export = (
        "Please let us merge two contacts that are the same.",
        "An export of the list to Excel is needed.",
    )
    found = shipped.find(request(subject="Two wishes", body=f"{merge} {export}"))
    quotes = {each.id: each.quote for each in found}
    assert quotes["merge_split"] == merge
    assert quotes["export"] == export


@pytest.mark.model
def test_a_clear_wish_is_surer_than_a_vague_one(shipped: KindDetector) -> None:
    clear = shipped.find(request(subject="Export the job list", body="We need the job list as a CSV file."))
    vague = shipped.find(request(subject="Lists", body="Somebody said something about an export once."))
    assert best_score(clear, "export") > best_score(vague, "export")


WORKED_EXAMPLES = [
    (
        "A simple export",
        "We need a simple export: all jobs of the last three years as a spreadsheet.",
        {"export"},
    ),
    (
        "SSO and role-based access for a pilot",
        "The pilot users sign in with their company account, and a fitter sees only his own jobs.",
        {"sign_in_sso", "role_permission"},
    ),
    (
        "Review of job reports",
        "Service managers should review the job reports before invoices are made and press approve.",
        {"approval_step"},
    ),
    (
        "Match our approval flow",
        "Extra work has to be approved before the fitter goes on: five roles and a manager override.",
        {"approval_step"},
    ),
    (
        "Onboarding takes one day",
        "They take over their customers and machines from two old programs, as spreadsheets.",
        {"migration"},
    ),
]


@pytest.mark.model
@pytest.mark.parametrize(("subject", "body", "kinds"), WORKED_EXAMPLES)
def test_the_worked_examples(shipped: KindDetector, subject: str, body: str, kinds: set[str]) -> None:
    found = shipped.find(Request(id="r-1", subject=subject, body=body))
    assert kinds <= {each.id for each in found}


@pytest.mark.model
@pytest.mark.parametrize("mail", sorted(INBOX.glob("*.eml")), ids=lambda path: path.stem)
def test_what_is_found_in_a_sample_mail_can_be_proved(shipped: KindDetector, mail: Path) -> None:
    asked = parse_mail(mail.read_bytes())
    found = shipped.find(asked)
    scores = [each.score for each in found]
    assert 0 < len(found) <= 4
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert all(each.quote and each.quote in asked.text() for each in found)


@pytest.mark.model
def test_the_wish_may_stand_in_the_last_sentence(shipped: KindDetector) -> None:
    small_talk = "We had a good season and the new people settled in well. The weather was fine for once. "
    asked = Request(
        id="r-1", subject="Greetings", body=small_talk * 3 + "Could you export all bookings as a file?"
    )
    found = {each.id: each.quote for each in shipped.find(asked)}
    assert found["export"] == "Could you export all bookings as a file?"


@pytest.mark.model
def test_a_greeting_asks_for_nothing(shipped: KindDetector) -> None:
    asked = Request(
        id="r-1", subject="Thank you", body="Dear Sam, thank you for the pleasant lunch on Friday."
    )
    assert shipped.find(asked) == ()


@pytest.mark.model
def test_nothing_of_the_shipped_catalogue_is_computed_at_start(
    encoder: SentenceEncoder, tmp_path: Path
) -> None:
    cache = tmp_path / "vectors.npz"
    KindDetector(load_catalogue(), encoder, CatalogueVectors(encoder, cache=cache)).find(request())
    assert not cache.exists()
