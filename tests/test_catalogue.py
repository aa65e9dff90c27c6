"""The shipped catalogue is rich enough, and says the same in YAML and in vectors."""

from __future__ import annotations

import numpy as np
import pytest

from triage.analysts.vectors import shipped_file, text_key
from triage.catalogue import Catalogue, load_catalogue
from triage.content import content_dir
from triage.domain import Category, Reading, Request
from triage.intake.email import parse_mail
from triage.product_map import ROLES
from triage.retrieval.embed import SentenceEncoder
from triage.sizing import trip_wires

INBOX = content_dir("knowledge") / "sample" / "inbox"
REMEDY = "run `python scripts/catalogue_vectors.py` and commit knowledge/vectors"


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


def test_the_shipped_catalogue_is_rich_enough(shipped: Catalogue) -> None:
    assert set(shipped.categories) == set(Category)
    assert len(shipped.kinds) >= 25
    assert len(shipped.questions) >= 150
    assert len(shipped.moves) >= 12
    assert {wire.id for wire in shipped.trip_wires} >= {
        "billing-rules", "access-control", "reporting", "old-code", "new-vendor",
    }  # fmt: skip


def test_every_category_has_questions_and_every_id_is_used_once(shipped: Catalogue) -> None:
    ids = [question.id for question in (*shipped.all_questions(), *shipped.map_questions)]
    assert len(ids) == len(set(ids)) == len(shipped.questions)
    assert {question.category for question in shipped.all_questions()} == set(Category)


def test_questions_of_a_kind_stand_strongest_first(shipped: Catalogue) -> None:
    for kind in shipped.kinds.values():
        weights = [question.weight for question in kind.questions]
        assert weights == sorted(weights, reverse=True), kind.id


def test_every_kind_offers_a_way_to_a_smaller_yes(shipped: Catalogue) -> None:
    moves = {move.id for move in shipped.moves}
    for kind in shipped.kinds.values():
        assert set(kind.moves) <= moves
        assert kind.moves or kind.small, f"{kind.id} has no narrowing move"


def test_no_question_is_asked_twice_in_other_words_only(shipped: Catalogue) -> None:
    plain = [question.plain for question in (*shipped.all_questions(), *shipped.map_questions)]
    assert len(plain) == len(set(plain))


def test_every_role_of_the_product_map_has_a_question(shipped: Catalogue) -> None:
    assert {question.role for question in shipped.map_questions} == set(ROLES)


def test_every_area_has_a_general_question_so_that_the_map_can_raise_it(shipped: Catalogue) -> None:
    """A part of the map is asked about as its area surfaces: never, when no question stands for that."""
    assert {question.category for question in shipped.general} == set(Category)


def test_texts_are_the_exemplars_and_plain_questions_without_repeats(shipped: Catalogue) -> None:
    texts = shipped.texts()
    assert len(texts) == len(set(texts))
    assert shipped.kinds["export"].exemplars[0] in texts
    assert shipped.general[0].plain in texts
    assert shipped.map_questions[0].plain in texts


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (
            "access-control",
            "SSO and role-based access for a pilot, the users sign in with their company account",
        ),
        ("billing-rules", "Managers review job reports before invoices go out"),
        ("access-control", "Match our approval flow: five roles, two exception paths and a manager override"),
        ("reporting", "The board wants a monthly report per branch"),
        ("old-code", "It is only about the legacy importer"),
        ("new-vendor", "Could you integrate with our Examplebooks account"),
    ],
)
def test_trip_wires_fire_on_the_worked_examples(shipped: Catalogue, wire: str, text: str) -> None:
    tripped = trip_wires(shipped, Request(id="r-1", body=text), Reading())
    quotes = {each.id: each.quote for each in tripped}
    assert wire in quotes
    assert quotes[wire] in text
    assert all(each.why for each in tripped)


@pytest.mark.parametrize(
    ("mail", "wire"),
    [
        ("02-sso-and-roles-for-a-pilot", "access-control"),
        ("03-review-reports-before-invoices", "billing-rules"),
    ],
)
def test_trip_wires_fire_on_the_sample_mails(shipped: Catalogue, mail: str, wire: str) -> None:
    request = parse_mail((INBOX / f"{mail}.eml").read_bytes())
    assert wire in [each.id for each in trip_wires(shipped, request, Reading())]


@pytest.mark.parametrize(
    "text",
    [
        "Could the planned duration be one of the columns to choose from in the job list?",
        "Please call the button “Done” instead of “Finish”.",
        "A tick box for the newsletter on the contact page would be nice.",
        "Can the search field be in focus when the page opens?",
    ],
)
def test_no_trip_wire_on_small_requests(shipped: Catalogue, text: str) -> None:
    assert trip_wires(shipped, Request(id="r-1", body=text), Reading()) == ()


def test_the_shipped_vectors_cover_exactly_the_catalogues_texts(shipped: Catalogue) -> None:
    path = shipped_file(SentenceEncoder())
    assert path.is_file(), f"{path.name} is missing: {REMEDY}"
    with np.load(path, allow_pickle=False) as stored:
        keys, rows = stored["keys"].tolist(), stored["vectors"]
    wanted = {text_key(text): text for text in shipped.texts()}
    lacking = [text for key, text in wanted.items() if key not in keys]
    assert not lacking, f"{len(lacking)} texts without a vector, such as {lacking[0]!r}: {REMEDY}"
    assert not set(keys) - set(wanted), f"vectors of texts that are gone: {REMEDY}"
    assert rows.shape == (len(keys), SentenceEncoder().dimension)
    assert np.allclose(np.linalg.norm(rows.astype(np.float32), axis=1), 1, atol=0.01)
