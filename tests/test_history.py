"""Past requests and slipped promises from files, with errors that name the line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from triage.domain import Category, Verdict
from triage.errors import BadFile
from triage.history import read_history, read_slips

ROW: dict[str, Any] = {
    "id": "r-1",
    "opened": "2025-03-04",
    "closed": "2025-04",
    "customer": "Northpier",
    "subject": "Export",
    "body": "A button.",
    "kinds": ["export"],
    "size_days": 4.5,
    "verdict": "yes-but",
    "outcome": "Shipped.",
    "surprises": [{"category": "scale", "question": "How many rows?", "surfaced": "2025-06"}],
}


def write(folder: Path, name: str, *rows: dict[str, Any] | str) -> Path:
    path = folder / name
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refused(path: Path, line: int) -> str:
    with pytest.raises(BadFile) as caught:
        read_history(path)
    assert caught.value.line == line
    return str(caught.value)


def test_json_lines_are_read_in_order(tmp_path: Path) -> None:
    first, second = read_history(write(tmp_path, "h.jsonl", ROW, "", {"id": 2, "body": "x"}))
    assert (first.size_days, first.verdict, first.kinds) == (4.5, Verdict.YES_BUT, ("export",))
    assert first.surprises[0].category is Category.SCALE
    assert (first.opened, first.closed, first.surprises[0].surfaced) == ("2025-03-04", "2025-04", "2025-06")
    assert (second.id, second.size_days, second.surprises) == ("2", None, ())


def test_csv_may_have_semicolons_decimal_commas_and_line_breaks(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "h.csv",
        "\ufeffID;opened;subject;body;kinds;size_days;surprises;cost centre",
        'a;2025-01-02T08:00:00;Export;"two',
        'lines";export, reminder;2,5;"scale: How many rows? [2025-06]',
        'audit: Who did it?";12',
        'b;;Second;;;;"[{""category"": ""sso"", ""question"": ""Who?""}]";',
    )
    first, second = read_history(path)
    assert (first.opened, first.body, first.size_days) == ("2025-01-02", "two\nlines", 2.5)
    assert first.kinds == ("export", "reminder")
    assert [(s.category, s.question, s.surfaced) for s in first.surprises] == [
        (Category.SCALE, "How many rows?", "2025-06"),
        (Category.AUDIT, "Who did it?", ""),
    ]
    assert second.surprises[0].category is Category.SSO


def test_evaluation_cases_are_past_requests_too(tmp_path: Path) -> None:
    case = {
        "id": "x-1",
        "opened": "2023-01",
        "product": "An app",
        "request": {"channel": "form", "subject": "Lock", "body": "Please lock."},
        "hidden_work": [
            {"category": "clients", "question": "And the phone?", "evidence": "seen", "surfaced": "2023-05"}
        ],
        "irrelevant": ["billing"],
        "outcome": {"shipped": True, "size": "M", "basis": "one pull request"},
    }
    (past,) = read_history(write(tmp_path, "cases.jsonl", case))
    assert (past.subject, past.body, past.size_days) == ("Lock", "Please lock.", 5.5)
    assert past.outcome == "shipped; one pull request"
    assert past.surprises[0].question == "And the phone?"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size_days": -3}, "leave it empty when nothing was built"),
        ({"size_days": 0}, "leave it empty when nothing was built"),
        ({"size_days": 4800}, "in hours or minutes"),
        ({"size_days": "about a week"}, "no number of engineer-days"),
        ({"size_days": float("nan")}, "no number of engineer-days"),
        ({"size_days": True}, "no number of engineer-days"),
        ({"size_days": "1e999"}, "not finite"),
        ({"size_days": "1,200"}, "in two ways"),
        ({"kinds": 7}, "kinds: Input should be a valid"),
        ({"opened": "04.03.2025"}, "write 2025-03"),
        ({"opened": "2025-13"}, "write 2025-03"),
        ({"closed": "2025-02"}, "before opened"),
        ({"verdict": "maybe"}, "verdict"),
        ({"id": " "}, "id: is missing"),
        ({"subject": "", "body": None}, "neither subject nor body"),
        ({"surprises": [{"category": "weather", "question": "Rain?"}]}, "permissions"),
        ({"surprises": [{"category": "scale", "question": ""}]}, "surprises.1.question: is missing"),
        ({"surprises": "scale, how many rows"}, "category: question"),
        ({"surprises": "[nonsense"}, "JSON list"),
        ({"size_day": 3}, 'Did you mean "size_days"'),
        ({"request": {"subject": "x"}, "outcome": {"size": "XXL"}}, "XS, S, M, L, XL"),
        ({"request": {"subject": "x"}, "outcome": "done"}, "outcome of a case"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    said = refused(write(tmp_path, "h.jsonl", ROW, {**ROW, "id": "r-2", **change}), line=2)
    assert message in said
    assert "h.jsonl, line 2" in said


def test_a_repeated_id_names_both_lines(tmp_path: Path) -> None:
    assert "already used in line 1" in refused(write(tmp_path, "h.jsonl", ROW, ROW), line=2)


@pytest.mark.parametrize("line", ["{nonsense", "[1, 2]", "7", "[" * 100_000])
def test_what_is_no_json_object_is_refused(tmp_path: Path, line: str) -> None:
    assert "one JSON object a line" in refused(write(tmp_path, "h.jsonl", ROW, line), line=2)


def test_broken_csv_names_the_line(tmp_path: Path) -> None:
    assert "more cells" in refused(write(tmp_path, "h.csv", "id,subject", "a,b", "c,d,e"), line=3)
    assert "no CSV" in refused(write(tmp_path, "h.csv", "id,subject", 'a,"b'), line=2)
    assert "no CSV" in refused(write(tmp_path, "h.csv", "id,body", f"a,{'x' * 140_000}"), line=2)


def test_unreadable_and_empty_files_are_named(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "missing.jsonl", line=0)
    assert "no past request" in refused(write(tmp_path, "empty.jsonl", ""), line=0)
    (tmp_path / "latin.csv").write_bytes(b"id,subject\na,M\xfcller\n")
    assert "Save the file as UTF-8" in refused(tmp_path / "latin.csv", line=2)


def test_slips_have_four_columns(tmp_path: Path) -> None:
    header = "promised,who_said_yes,what_blocked,when_known"
    (slip,) = read_slips(write(tmp_path, "s.csv", header, "SSO by March,sales,PIN users,2024-03-04"))
    assert (slip.promised, slip.when_known) == ("SSO by March", "2024-03-04")
    with pytest.raises(BadFile, match="line 2: when_known"):
        read_slips(write(tmp_path, "s.csv", header, "SSO,sales,,in spring"))
    with pytest.raises(BadFile, match="no slipped promise"):
        read_slips(write(tmp_path, "s.csv", header))
