"""Ids, references and files of an edited catalogue must agree; all that is wrong is said together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.edited_catalogue import EXPORT, KIND, QUESTION, change, line_of, only, whole, write_catalogue
from triage.catalogue import check_catalogue, load_catalogue
from triage.errors import BadFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_catalogue(tmp_path / "ours")


# --- between entries and files -------------------------------------------------------------------


def test_a_question_id_used_in_two_kinds_is_refused(folder: Path) -> None:
    (folder / "kinds" / "other.yaml").write_text(KIND.replace("id: export", "id: other"), encoding="utf-8")
    problem = only(folder)
    assert problem.place == f"{folder}/kinds/other.yaml:{line_of(QUESTION)}"
    assert problem.what == (
        f"permissions.export-who: id: this question id is taken, see line {line_of(QUESTION)} of export.yaml"
    )


def test_a_question_id_used_twice_in_one_kind_is_refused(folder: Path) -> None:
    (folder / EXPORT).write_text(KIND + KIND[KIND.index("  " + QUESTION) :], encoding="utf-8")
    problem = only(folder)
    assert problem.line == len(KIND.splitlines()) + 1
    assert problem.what.endswith(f"taken, see line {line_of(QUESTION)}")


def test_a_question_id_used_twice_among_the_general_ones_is_refused(folder: Path) -> None:
    change(folder, "id: workflow.any-second-time", "id: workflow.any-second-route", "general.yaml")
    problem = only(folder)
    text = whole(folder, "general.yaml")
    assert problem.path == folder / "general.yaml"
    assert problem.line == line_of("any-second-route", text[text.index("weight") :]) + 1


def test_a_question_of_a_kind_may_not_stand_among_the_general_ones(folder: Path) -> None:
    change(folder, "id: workflow.any-second-route", "id: permissions.export-who", "general.yaml")
    problem = only(folder)
    assert (problem.path, problem.line) == (folder / "general.yaml", 1)
    assert "export.yaml" in problem.what


def test_a_general_question_may_not_stand_among_those_about_the_map(folder: Path) -> None:
    change(folder, "id: workflow.map-other-route", "id: workflow.any-second-route", "map_questions.yaml")
    problem = only(folder)
    line = line_of("- id", whole(folder, "map_questions.yaml"))
    assert problem.place == f"{folder}/map_questions.yaml:{line}"
    assert "this question id is taken, see line 1 of general.yaml" in problem.what


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("categories.yaml", "id: imports", "id: permissions", "area"),
        ("narrowing.yaml", "id: one-team-structure", "id: one-step-only", "move"),
        ("trip_wires.yaml", "id: access-control", "id: billing-rules", "trip-wire"),
    ],
)
def test_an_id_used_twice_in_a_list_is_refused(
    folder: Path, file: str, old: str, new: str, what: str
) -> None:
    line = line_of(old, whole(folder, file))
    change(folder, old, new, file)
    [found] = [each for each in check_catalogue(folder) if "is taken" in each.what]
    assert found.place == f"{folder / file}:{line}"
    assert f"this {what} id is taken, see line 1" in found.what


def test_a_kind_id_used_twice_is_refused(folder: Path) -> None:
    other = KIND.replace("permissions.export-who", "permissions.other-who")
    (folder / "kinds" / "other.yaml").write_text(other, encoding="utf-8")
    taken, misnamed = check_catalogue(folder)
    assert "this kind id is taken, see line 1 of export.yaml" in taken.what
    assert "the kind export stands in other.yaml" in misnamed.what
    assert misnamed.place == f"{folder}/kinds/other.yaml:1"
    assert "other" in misnamed.remedy


def test_an_area_that_is_left_out_is_named(folder: Path) -> None:
    text = whole(folder, "categories.yaml")
    (folder / "categories.yaml").write_text(text[text.index("- id: imports") :], encoding="utf-8")
    assert only(folder).what == "the area permissions is missing"


def test_a_move_that_is_not_there_is_refused(folder: Path) -> None:
    change(folder, "[one-step-only]", "[nothing-retroactive, one-step-onyl]")
    problem = only(folder)
    assert problem.place == f"{folder / EXPORT}:{line_of('moves:')}"
    assert problem.what == "moves: entry 2: there is no narrowing move one-step-onyl"
    assert "Did you mean one-step-only?" in problem.remedy


def test_a_kind_that_is_not_there_is_refused(folder: Path) -> None:
    change(folder, "  cues:", "  kinds: [export, time_travel]\n  cues:", "trip_wires.yaml")
    problem = only(folder)
    assert (
        problem.place == f"{folder}/trip_wires.yaml:{line_of('cues:', whole(folder, 'trip_wires.yaml')) - 1}"
    )
    assert "billing-rules: kinds: entry 2: there is no kind of change time_travel" in problem.what


def test_a_trip_wire_that_nothing_trips_is_refused(folder: Path) -> None:
    path = folder / "trip_wires.yaml"
    path.write_text(path.read_text() + "- id: mute\n  name: Mute\n  why: Unheard.\n", encoding="utf-8")
    assert "mute: has neither cues nor kinds" in only(folder).what


# --- all at once ---------------------------------------------------------------------------------


def test_all_problems_are_said_together_in_the_order_of_the_files(folder: Path) -> None:
    change(folder, "{object}", "{colour}")
    change(folder, "impact: 3", "impact: 9")
    change(folder, "[one-step-only]", "[half-a-step]")
    change(folder, "base_rate: 0.38", "base_rate: 38", "categories.yaml")
    (folder / "general.yaml").write_bytes(b"\xff")
    problems = check_catalogue(folder)
    lines = [line_of(words) for words in ("moves:", "question:", "impact:")]
    assert [problem.path.name for problem in problems] == [
        "categories.yaml", "general.yaml", "export.yaml", "export.yaml", "export.yaml",
    ]  # fmt: skip
    assert [problem.line for problem in problems[2:]] == lines
    with pytest.raises(BadFile) as error:
        load_catalogue(folder)
    assert "has 5 problems" in error.value.message
    for problem in problems:
        assert f"\n  {problem.place}: {problem.what}. {problem.remedy}" in error.value.message


def test_a_list_that_is_no_yaml_does_not_make_its_ids_unknown(folder: Path) -> None:
    change(folder, "- id", "- id: [", "narrowing.yaml")
    assert "not valid YAML" in only(folder).what


def test_a_long_list_of_problems_is_cut_and_counted(folder: Path) -> None:
    for number in range(30):
        (folder / "kinds" / f"kind_{number:02}.yaml").write_text("id: [", encoding="utf-8")
    assert len(check_catalogue(folder)) == 30
    with pytest.raises(BadFile, match="and 10 more; `triage doctor --catalogue"):
        load_catalogue(folder)
