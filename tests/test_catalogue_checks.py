"""A catalogue that somebody edited: everything that is wrong is named with file, line, entry and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.edited_catalogue import (
    EXPORT,
    KIND,
    LISTS,
    QUESTION,
    change,
    line_of,
    only,
    whole,
    write_catalogue,
)
from triage.analysts.slots import Slots
from triage.catalogue import SLOTS, CatalogueQuestion, check_catalogue, load_catalogue
from triage.domain import Category, MapPart, Reading
from triage.errors import BadFile, SetupError
from triage.product_map import ROLES

MAP_ROLES = ("route", "surface", "actor", "message", "vendor", "variant")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_catalogue(tmp_path / "ours")


# --- what is read --------------------------------------------------------------------------------


def test_a_small_catalogue_of_ones_own_is_read(folder: Path) -> None:
    own = load_catalogue(folder)
    assert check_catalogue(folder) == []
    assert list(own.kinds) == ["export"]
    assert own.kinds["export"].days.build.high == 7
    assert own.questions["permissions.export-who"].category is Category.PERMISSIONS


def test_the_shipped_catalogue_is_the_default() -> None:
    assert check_catalogue() == []
    assert len(load_catalogue().kinds) > 1


def test_the_digest_follows_the_content(folder: Path) -> None:
    before = load_catalogue(folder)
    change(folder, "A file leaves", "One file leaves")
    after = load_catalogue(folder)
    assert before.digest != after.digest
    assert after.questions["permissions.export-who"].why == "One file leaves the house."


def test_what_editors_leave_behind_is_passed_over(folder: Path) -> None:
    (folder / "kinds" / ".#export.yaml").symlink_to("nobody@nowhere")
    (folder / "kinds" / "._export.yaml").write_bytes(b"\x00\xff")
    (folder / "README.md").write_text("Ours.", encoding="utf-8")
    assert check_catalogue(folder) == []
    assert load_catalogue(folder).kinds


def test_a_byte_order_mark_is_no_trouble(folder: Path) -> None:
    (folder / EXPORT).write_bytes(b"\xef\xbb\xbf" + KIND.encode())
    assert check_catalogue(folder) == []


def test_every_slot_a_question_may_have_can_be_filled() -> None:
    reading = Reading(object="jobs", action="export", actors=("a",), systems=("s",), numbers=("9",))
    slots = Slots(reading, [MapPart(id=role, role=role, text=f"Some {role}") for role in MAP_ROLES])
    asked = load_catalogue().general[0]
    for slot in SLOTS:
        question = CatalogueQuestion(**{**dict(asked), "question": f"What of {{{slot}}}?"})
        assert slots.fill(question)[0] != question.plain, slot


# --- files ---------------------------------------------------------------------------------------


def test_a_missing_folder_says_which_variable_names_it(tmp_path: Path) -> None:
    for read in (load_catalogue, check_catalogue):
        with pytest.raises(SetupError, match="nowhere") as error:
            read(tmp_path / "nowhere")
        assert "TRIAGE_CATALOGUE_DIR" in error.value.remedy


@pytest.mark.parametrize("name", LISTS)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(SetupError, match=name):
        load_catalogue(folder)
    [problem] = check_catalogue(folder)
    assert (problem.path, problem.what) == (folder / name, "the file is missing")


def test_a_catalogue_without_kinds_is_refused(folder: Path) -> None:
    (folder / EXPORT).unlink()
    assert "no kind of change" in only(folder).what


@pytest.mark.parametrize("name", ["kinds/import.yml", "kinds/old/import.yaml", "narowing.yaml"])
def test_a_file_that_nobody_reads_is_named(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(KIND, encoding="utf-8")
    problem = only(folder)
    assert problem.path == folder / name
    assert "not read" in problem.what


@pytest.mark.parametrize("name", [EXPORT, *LISTS])
def test_a_file_that_is_not_utf_8_is_named_with_its_line(folder: Path, name: str) -> None:
    text = (folder / name).read_bytes()
    (folder / name).write_bytes(text.replace(b"\n", b" # caf\xe9\n", 2))
    [problem] = [each for each in check_catalogue(folder) if "UTF-8" in each.what]
    assert problem.place == f"{folder / name}:1"
    assert "0xe9" in problem.what
    with pytest.raises(BadFile, match="not UTF-8"):
        load_catalogue(folder)


@pytest.mark.parametrize("name", [EXPORT, *LISTS])
def test_an_empty_file_is_named(folder: Path, name: str) -> None:
    (folder / name).write_text("# nothing yet\n", encoding="utf-8")
    assert "the file is empty" in [each.what for each in check_catalogue(folder) if each.path.name in name]
    with pytest.raises(BadFile, match="empty"):
        load_catalogue(folder)


def test_a_folder_in_place_of_a_file_is_named(folder: Path) -> None:
    (folder / "kinds" / "import.yaml").mkdir()
    [problem] = check_catalogue(folder)
    assert "cannot be read" in problem.what


# --- YAML ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Export", "name: Export: CSV", "not valid YAML: mapping values"),
        ("name: Export", "name: 'Export", "not valid YAML"),
        ("name: Export", "name: \x07Export", "not valid YAML"),
        ("name: Export", "name: !!int Export", "not valid YAML: invalid literal for int"),
        ("name: Export", "name: !!python/name:os.system Export", "not valid YAML: could not determine"),
        ("name: Export", "name: *export", "not valid YAML: found undefined alias"),
        ("name: Export", "name: Export\nname: Exports", "name stands twice"),
        ("    impact: 3", "    impact: 3\n    impact: 2", "impact stands twice"),
    ],
)
def test_broken_yaml_is_refused_at_its_line(folder: Path, old: str, new: str, said: str) -> None:
    change(folder, old, new)
    problem = only(folder)
    assert said in problem.what
    assert problem.line in (0, *range(line_of(old), len(KIND.splitlines()) + 3))


def test_two_documents_in_one_file_are_refused(folder: Path) -> None:
    (folder / EXPORT).write_text(f"{KIND}---\n{KIND}", encoding="utf-8")
    assert "another document" in only(folder).what


def test_nothing_in_a_file_can_raise(folder: Path) -> None:
    for text in ("[" * 20_000, "&a [*a]", "? [a]\n: b", "1: 2", "- 1\n- [", "2026-13-45", "{}", "!!map 3"):
        (folder / EXPORT).write_text(text, encoding="utf-8")
        assert check_catalogue(folder), text


def test_a_date_without_quotes_is_a_text(folder: Path) -> None:
    change(folder, '"1 day"', "2026-02-30")
    assert load_catalogue(folder).questions["permissions.export-who"].effect == "2026-02-30"


# --- fields --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("{object}", "{colour}", "question:", "export-who: question: unknown slot {colour}"),
        ("{object}", "{ object }", "question:", "unknown slot { object }"),
        ("{object}", "{object", "question:", "unknown slot {"),
        ("{object}", "{kinds}", "question:", "unknown slot {kinds}"),
        ("Who may export it?", "Who may export {object}?", "plain:", "plain: must not have slots"),
        ("Who may export it?", "Who may export it? And when?", "plain:", "one question mark"),
        ("Who may export it?", "Somebody may export it.", "plain:", "one question mark"),
        ("A file leaves", "{object} leaves", "why:", "why: must not have slots"),
        ("id: permissions.", "id: colours.", QUESTION, "no such area: colours"),
        ("id: permissions.", "id: Permissions ", QUESTION, "not an id of a question"),
        ("    why: \"A file leaves the house.\"\n", "", QUESTION, "permissions.export-who: why is missing"),
        ("ask: customer", "ask: ''", "ask:", "ask: is empty"),
        ("ask: customer", "ask: 12", "ask:", "ask: expected a text"),
        ("['only admins']", "['only (admins']", "answered_by", "not a regular expression: only (admins"),
        ("['only admins']", "['only admins|']", "answered_by", "matches every text"),
        (r"['\bexport']", "['[export']", "cues", "cues: entry 1: not a regular expression: [export"),
        (r"['\bexport']", r"'\bexport'", "cues", "cues: expected a list"),
        (r"['\bexport']", r"['\bexport', '\bexport']", "cues", "stands there twice"),
        ("build: [2, 7]", "build: [7, 2]", "build: [2, 7]", "not a range of engineer-days: [7, 2]"),
        ("build: [2, 7]", "build: [-1, 7]", "build: [2, 7]", "days: build: not a range"),
        ("build: [2, 7]", "build: [2]", "build: [2, 7]", "not a range"),
        ("build: [2, 7]", "build: {low: 2, high: 1}", "build: [2, 7]", "not a range"),
        ("build: [2, 7]", "build: [2, .inf]", "build: [2, 7]", "not a range"),
        ("build: [2, 7]", "build: [yes, yes]", "build: [2, 7]", "not a range"),
        ("  build: [2, 7]\n", "", "days:", "days: build is missing"),
        ("weight: 0.4", "weight: 4", "weight: 0.4", "less than or equal to 1"),
        ("weight: 0.4", "weight: -0.1", "weight: 0.4", "greater than 0"),
        ("weight: 0.4", "weight: .nan", "weight: 0.4", "weight"),
        ("weight: 0.4", "weight: yes", "weight: 0.4", "valid number"),
        ("impact: 3", "impact: 9", "impact: 3", "less than or equal to 3"),
        ("part: build", "part: garden", "part: build", "'groundwork', 'setup', 'build' or 'support'"),
        ("name: Export", "name: Export\ncolour: red", "exemplars", "colour: there is no such field"),
        ("name: Export\n", "", "id: export", "name is missing"),
        ("name: Export", "name: No", "name: Export", "expected a text"),
        ("name: Export", "name: Export\nsmall: 'no'", "exemplars", "small"),
        ("  - \"The numbers as a table\"\n", "", "exemplars", "at least 5 needed, found 4"),
        ("The numbers as a table", " ", "  - \"The numbers as a table\"", "exemplars: entry 5: is empty"),
        ("The numbers as a table", "All bookings as CSV", "exemplars", "twice: All bookings as CSV"),
        ("days:\n", "days: 3\nsized:\n", "days:", "days: expected fields"),
        ("questions:\n", "questions:\n  - words\n", QUESTION, "questions: entry 1: expected fields"),
    ],
)  # fmt: skip
def test_a_broken_field_is_named_at_its_line(folder: Path, old: str, new: str, at: str, said: str) -> None:
    change(folder, old, new)
    problems = check_catalogue(folder)
    found = [problem for problem in problems if said in problem.what]
    assert found, problems
    assert found[0].path == folder / EXPORT
    assert found[0].line == line_of(at)
    assert found[0].remedy
    if len(problems) == 1:
        assert only(folder) == found[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("categories.yaml", "base_rate: 0.38", "base_rate: 38", "permissions: base_rate"),
        ("categories.yaml", "{kinds} changes", "{kind} changes", "not_relevant: unknown slot {kind}"),
        ("categories.yaml", "  risk: ", "  #", "permissions: risk is missing"),
        ("categories.yaml", "condition: \"", "condition: \"{object} ", "condition: must not have slots"),
        ("general.yaml", "impact: 3", "impact: high", "workflow.any-second-route: impact"),
        ("map_questions.yaml", "role: route", "role: root", "map-other-route: role: no such role"),
        ("map_questions.yaml", "  role: route\n", "", "map-other-route: role is missing"),
        ("map_questions.yaml", "this: {part}?", "this?", "question: names no {part}"),
        ("map_questions.yaml", "this: {part}?", "{object}: {part}?", "question: unknown slot {object}"),
        ("map_questions.yaml", "this: {part}?", "{part!r}?", "question: unknown slot {part!r}"),
        ("map_questions.yaml", "this: {part}?", "this: {part}.", "question: one question mark"),
        ("map_questions.yaml", "another of our ways in?", "{part}?", "plain: must not have slots"),
        ("narrowing.yaml", "id: one-step-only", "id: One Step", "not an id"),
        ("narrowing.yaml", "cues: ['", "cues: ['(", "one-step-only: cues: entry 1: not a regular"),
        ("trip_wires.yaml", "    - '", "    - '(", "billing-rules: cues: entry 1: not a regular"),
        ("trip_wires.yaml", "why:", "why: ''\n  because:", "why: is empty"),
    ],
)  # fmt: skip
def test_the_other_files_are_checked_too(folder: Path, file: str, old: str, new: str, said: str) -> None:
    before = whole(folder, file)
    change(folder, old, new, file)
    found = [problem for problem in check_catalogue(folder) if said in problem.what]
    assert [problem.path for problem in found] == [folder / file]
    entry = before.rindex("- id", 0, before.index(old) + len(old))
    at = entry if "missing" in said else before.index(old)
    assert found[0].line == before[:at].count("\n") + 1


def test_a_question_about_the_map_says_which_roles_there_are(folder: Path) -> None:
    change(folder, "role: route", "role: root", "map_questions.yaml")
    problem = only(folder)
    assert (
        problem.place
        == f"{folder}/map_questions.yaml:{line_of('role:', whole(folder, 'map_questions.yaml'))}"
    )
    assert problem.remedy == f"Known: {', '.join(ROLES)}."


def test_only_a_question_about_the_map_has_a_part(folder: Path) -> None:
    change(folder, "{object}", "{part}")
    assert "unknown slot {part}" in only(folder).what
    change(folder, "{part}", "{object}")
    change(folder, "    part: build", "    role: route\n    part: build")
    assert only(folder).what == "permissions.export-who: role: there is no such field"


def test_a_catalogue_may_do_without_questions_about_the_map(folder: Path) -> None:
    (folder / "map_questions.yaml").write_text("[]\n", encoding="utf-8")
    assert check_catalogue(folder) == []
    assert load_catalogue(folder).map_questions == ()


def test_a_field_by_another_name_is_missing_and_suggested(folder: Path) -> None:
    change(folder, "saves:", "safes:", "narrowing.yaml")
    missing, unknown = check_catalogue(folder)
    assert missing.what == "one-step-only: saves is missing"
    assert unknown.what == "one-step-only: safes: there is no such field"
    assert "Did you mean saves?" in unknown.remedy
