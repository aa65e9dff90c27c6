from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.cases import in_time_order, read_cases
from tests.evals.material import LINE, case, line, write
from triage.domain import Category, Channel, FromRole, TShirt
from triage.errors import BadFile


def test_a_case_becomes_a_request_and_labels(tmp_path: Path) -> None:
    file = read_cases(write(tmp_path / "cases.jsonl", [line()]))

    (found,) = file.cases
    assert (found.request.channel, found.request.from_role) == (Channel.FORM, FromRole.SALES)
    assert found.request.subject == "Export"
    assert found.request.received.isoformat() == "2024-03-01T00:00:00+00:00"
    assert found.hidden[0].category is Category.PERMISSIONS
    assert found.hidden[0].surfaced == "2024-05"
    assert found.irrelevant == (Category.SSO,)
    assert found.size is TShirt.M
    assert found.repository == "invented:gallery"
    assert not found.small
    assert len(file.digest) == 64


def test_the_labels_are_not_in_what_the_analyst_gets(tmp_path: Path) -> None:
    (found,) = read_cases(write(tmp_path / "cases.jsonl", [line()])).cases
    assert "Who may export" not in found.request.model_dump_json()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("{broken", "no JSON"),
        ("[1]", "no JSON object"),
        (line(id="b", hidden_work=[{"category": "colour", "question": "Which?"}]), '"colour" is unknown'),
        (line(id="b", irrelevant=["colour"]), '"colour" is unknown'),
        (line(), 'the id "gallery-1" is already used in line 1'),
        (line(id=""), "id"),
        (line(id="b", opened="March 2024"), "no month"),
        (line(id="b", outcome={"size": "XXL"}), '"XXL" is unknown'),
        (line(id="b", request={"subject": "only"}), "request.body"),
        (json.dumps({k: v for k, v in LINE.items() if k != "hidden_work"}), "hidden_work"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_read(tmp_path: Path, bad: str, says: str) -> None:
    path = write(tmp_path / "cases.jsonl", [line(), "", bad])
    with pytest.raises(BadFile) as caught:
        read_cases(path)
    assert caught.value.line == 3
    assert "line 3" in caught.value.message
    assert says in caught.value.message


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe"])
def test_a_file_without_cases_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        read_cases(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"gone\.jsonl cannot be read"):
        read_cases(tmp_path / "gone.jsonl")


def test_a_stream_is_in_time_order_and_keeps_the_file_within_a_day_or_an_undated_month() -> None:
    cases = [
        case("e", opened="2024-05"),
        case("c", opened="2024-03-20"),
        case("b", opened="2024-03-02"),
        case("d", opened="2024-03-20"),
        case("a", opened="2024-03"),
        case("f", opened="2024-05"),
    ]
    assert [one.id for one in in_time_order(cases)] == ["a", "b", "c", "d", "e", "f"]


def test_a_stream_needs_a_date() -> None:
    with pytest.raises(BadFile, match="undated"):
        in_time_order([case("undated", opened="")])


def test_a_line_of_history_is_a_case(tmp_path: Path) -> None:
    surprise = {"category": "audit", "question": "Who exported it?", "evidence": "", "surfaced": "2025-04"}
    row = {"id": "h-1", "opened": "2025-01-09", "subject": "Export", "body": "A CSV please."}
    row |= {"size_days": 2.0}
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps({**row, "surprises": [surprise]}), encoding="utf-8")
    (case,) = read_cases(path).cases
    assert (case.request.subject, case.size) == ("Export", TShirt.S)
    assert [hidden.question for hidden in case.hidden] == ["Who exported it?"]


HEADER = "id,opened,closed,subject,body,size_days,surprises\n"


def test_a_row_of_a_csv_is_a_case(tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    told = '"audit: Who exported it? [2025-04] | scale: 38,000 rows?"'
    path.write_text(f"{HEADER}h-1,2025-01-09,2025-03,Export,A CSV please.,2,{told}\nh-2,,,Typo,,,\n")
    first, second = read_cases(path).cases
    assert (first.request.subject, first.size, first.closed) == ("Export", TShirt.S, "2025-03")
    assert [(item.category, item.surfaced) for item in first.hidden] == [
        (Category.AUDIT, "2025-04"),
        (Category.SCALE, ""),
    ]
    assert second.small
    assert second.request.ask_text() == "Typo"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("b,2025-01,,S,B,2,colour: Which?", '"colour" is unknown; input should be'),
        ("a,2025-01,,S,B,2,", 'the id "a" is already used in line 2'),
        ("b,2025-13,,S,B,2,", "is no date"),
        ("b,2025-01,,S,B,many,", "no number of engineer-days"),
        ("b,2025-01,,,,2,", "neither subject nor body"),
        ("b,2025-01,,S,B,2,Who may?", 'not of the form "category: question"'),
        ("b,2025-01,,S,B,2,,more", "more cells than the header"),
    ],
)
def test_a_bad_row_of_a_csv_is_named_and_nothing_is_read(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "past.csv"
    path.write_text(f"{HEADER}a,2025-01,,S,B,2,\n{row}\n")
    with pytest.raises(BadFile) as caught:
        read_cases(path)
    assert caught.value.line == 3
    assert "line 3" in caught.value.message
    assert says in caught.value.message
    assert "nothing was run" in caught.value.remedy


def test_what_stood_around_the_body_is_drafted_from_too(tmp_path: Path) -> None:
    asked = {
        "body": "Please.",
        "forwarder_note": "Quick one.",
        "already_said": "We said June.",
        "thread": [{"sender": "Tess", "text": "Earlier words."}],
    }
    (found,) = read_cases(write(tmp_path / "cases.jsonl", [line(request=asked)])).cases
    assert found.request.text() == "Quick one.\n\nPlease.\n\nEarlier words.\n\nWe said June."


def test_the_labels_of_a_history_with_empty_fields_are_read(tmp_path: Path) -> None:
    row = {"id": "h", "opened": None, "closed": None, "subject": "Typo", "body": None, "surprises": []}
    (found,) = read_cases(write(tmp_path / "history.jsonl", [json.dumps(row)])).cases
    assert (found.opened, found.closed, found.small) == ("", "", True)
