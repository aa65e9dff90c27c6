"""The shipped catalogue is rich enough, and a broken one is refused with file, line and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from triage.analysts.vectors import shipped_file, text_key
from triage.catalogue import Catalogue, load_catalogue
from triage.content import content_dir
from triage.domain import Category, Reading, Request
from triage.errors import BadFile, SetupError
from triage.intake.email import parse_mail
from triage.retrieval.embed import SentenceEncoder
from triage.sizing import trip_wires

SHIPPED = content_dir("knowledge") / "hidden_work"
INBOX = content_dir("knowledge") / "sample" / "inbox"
REMEDY = "run `python scripts/catalogue_vectors.py` and commit knowledge/vectors"

QUESTION = "- id: permissions.export-who"
KIND = """\
id: export
name: Export
exemplars:
  - "An export of the list"
  - "The list as a file"
  - "All bookings as CSV"
  - "A download of the members"
  - "The numbers as a table"
cues: ['\\bexport']
days:
  setup: [0.2, 1]
  build: [2, 7]
  support: [0.5, 2]
moves: [one-step-only]
questions:
  - id: permissions.export-who
    weight: 0.4
    question: "Who may export {object}?"
    plain: "Who may export it?"
    why: "A file leaves the house."
    ask: customer
    effect: "1 day"
    impact: 3
    part: build
    answered_by: ['only admins']
"""


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue with the shipped categories, moves and wires and one kind of change."""
    (tmp_path / "kinds").mkdir()
    for name in ("categories.yaml", "general.yaml", "narrowing.yaml", "trip_wires.yaml"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    (tmp_path / "kinds" / "export.yaml").write_text(KIND)
    return tmp_path


def refused(folder: Path, old: str, new: str, file: str = "kinds/export.yaml") -> BadFile:
    """What the loader says when `old` has become `new` in `file`; the line is that of the change."""
    path = folder / file
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BadFile) as error:
        load_catalogue(folder)
    return error.value


def line_of(words: str) -> int:
    return KIND[: KIND.index(words)].count("\n") + 1


# --- what ships ----------------------------------------------------------------------------------


def test_the_shipped_catalogue_is_rich_enough(shipped: Catalogue) -> None:
    assert set(shipped.categories) == set(Category)
    assert len(shipped.kinds) >= 25
    assert len(shipped.questions) >= 150
    assert len(shipped.moves) >= 12
    assert {wire.id for wire in shipped.trip_wires} >= {
        "billing-rules", "access-control", "reporting", "old-code", "new-vendor",
    }  # fmt: skip


def test_every_category_has_questions_and_every_id_is_used_once(shipped: Catalogue) -> None:
    ids = [question.id for question in shipped.all_questions()]
    assert len(ids) == len(set(ids))
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
    plain = [question.plain for question in shipped.all_questions()]
    assert len(plain) == len(set(plain))


def test_texts_are_the_exemplars_and_plain_questions_without_repeats(shipped: Catalogue) -> None:
    texts = shipped.texts()
    assert len(texts) == len(set(texts))
    assert shipped.kinds["export"].exemplars[0] in texts
    assert shipped.general[0].plain in texts


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


# --- the loader ----------------------------------------------------------------------------------


def test_a_small_catalogue_of_ones_own_is_read(folder: Path) -> None:
    own = load_catalogue(folder)
    assert list(own.kinds) == ["export"]
    assert own.kinds["export"].days.build.high == 7
    assert own.questions["permissions.export-who"].category is Category.PERMISSIONS


def test_the_digest_follows_the_content(folder: Path) -> None:
    before = load_catalogue(folder)
    path = folder / "kinds" / "export.yaml"
    path.write_text(KIND.replace("A file leaves", "One file leaves"))
    after = load_catalogue(folder)
    assert before.digest != after.digest
    assert after.questions["permissions.export-who"].why == "One file leaves the house."


def test_a_missing_folder_says_which_variable_names_it(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nowhere") as error:
        load_catalogue(tmp_path / "nowhere")
    assert "TRIAGE_CATALOGUE_DIR" in error.value.remedy


@pytest.mark.parametrize("name", ["categories.yaml", "general.yaml", "narrowing.yaml", "trip_wires.yaml"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(SetupError, match=name):
        load_catalogue(folder)


def test_broken_yaml(folder: Path) -> None:
    error = refused(folder, "name: Export", "name: Export: CSV")
    assert "export.yaml is not valid YAML" in error.message
    assert error.line == line_of("name: Export")


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("{object}", "{colour}", QUESTION, "unknown slot {colour}"),
        ("Who may export it?", "Who may export {object}?", QUESTION, "plain must not have"),
        ("Who may export it?", "Who may export it? And when?", QUESTION, "one question mark"),
        ("Who may export it?", "Somebody may export it.", QUESTION, "one question mark"),
        ("id: permissions.", "id: colours.", QUESTION, "colours"),
        ("    why: \"A file leaves the house.\"\n", "", QUESTION, "why"),
        ("['only admins']", "['only (admins']", "answered_by", "not a regular expression: only (admins"),
        (r"['\bexport']", "['[export']", "cues", "not a regular expression: [export"),
        ("build: [2, 7]", "build: [7, 2]", "build: [2, 7]", "low ≤ high"),
        ("build: [2, 7]", "build: [-1, 7]", "build: [2, 7]", "low ≤ high"),
        ("build: [2, 7]", "build: [2]", "build: [2, 7]", "low ≤ high"),
        ("weight: 0.4", "weight: 4", "weight: 0.4", "less than or equal to 1"),
        ("impact: 3", "impact: 9", "impact: 3", "less than or equal to 3"),
        ("part: build", "part: garden", "part: build", "'groundwork', 'setup', 'build' or 'support'"),
        ("name: Export", "name: Export\ncolour: red", "name: Export", "colour"),
        ("name: Export\n", "", "id: export", "name"),
        ("  - \"The numbers as a table\"\n", "", "exemplars", "at least 5"),
    ],
)  # fmt: skip
def test_a_broken_kind_is_refused_at_its_line(folder: Path, old: str, new: str, at: str, said: str) -> None:
    error = refused(folder, old, new)
    assert str(folder / "kinds" / "export.yaml") in error.message
    assert said in error.message
    assert error.line - line_of(at) in (0, 1)  # a sequence starts on the line after its key
    assert error.remedy


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("categories.yaml", "base_rate: 0.38", "base_rate: 38", "base_rate"),
        ("general.yaml", "impact: 3", "impact: high", "impact"),
        ("narrowing.yaml", "saves:", "spares:", "saves"),
        ("trip_wires.yaml", "why:", "because:", "why"),
    ],
)
def test_the_other_files_are_checked_too(folder: Path, file: str, old: str, new: str, said: str) -> None:
    error = refused(folder, old, new, file)
    assert file in error.message
    assert said in error.message
    assert error.line > 0


def test_a_category_that_is_missing_is_named(folder: Path) -> None:
    text = (SHIPPED / "categories.yaml").read_text()
    first = text[: text.index("- id: imports")]
    (folder / "categories.yaml").write_text(text.removeprefix(first))
    with pytest.raises(BadFile, match=r"categories\.yaml lacks permissions"):
        load_catalogue(folder)


def test_a_question_id_used_in_two_kinds_is_refused(folder: Path) -> None:
    (folder / "kinds" / "other.yaml").write_text(KIND.replace("id: export", "id: other"))
    with pytest.raises(BadFile, match=r"permissions\.export-who stands in export and in other"):
        load_catalogue(folder)


def test_a_move_that_is_not_there_is_refused(folder: Path) -> None:
    error = refused(folder, "[one-step-only]", "[half-a-step]")
    assert "kinds/export.yaml names a move that is not there: half-a-step" in error.message


def test_a_kind_that_is_not_there_is_refused(folder: Path) -> None:
    text = (folder / "trip_wires.yaml").read_text()
    start = text.index("  cues:")
    (folder / "trip_wires.yaml").write_text(f"{text[:start]}  kinds: [time_travel]\n{text[start:]}")
    with pytest.raises(BadFile, match="time_travel"):
        load_catalogue(folder)


def test_an_empty_file_is_refused(folder: Path) -> None:
    (folder / "general.yaml").write_text("")
    with pytest.raises(BadFile, match=r"general\.yaml"):
        load_catalogue(folder)
