"""Architecture notes become passages with stable ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.errors import BadFile
from triage.notes import LONG_PASSAGE, read_notes, split_note

NOTE = """---
updated: 2026-03-01
---
# Billing

Who owns it.

## Invoice run
Nightly.

```
# no heading
```

## Invoice run
Again.

## Empty
"""


def test_one_passage_per_heading_with_stable_ids() -> None:
    passages = split_note("notes/billing.md", NOTE)
    assert [passage.id for passage in passages] == [
        "notes/billing.md#billing",
        "notes/billing.md#invoice-run",
        "notes/billing.md#invoice-run-2",
    ]
    assert [passage.title for passage in passages] == ["Billing", *["Billing › Invoice run"] * 2]
    assert "# no heading" in passages[1].text
    assert {passage.updated for passage in passages} == {"2026-03-01"}


@pytest.mark.parametrize(
    "text",
    [
        "# A\nUpdated: 2026-03-01\n\ntext",
        "# A\n_Last updated 2026-03-01_\ntext",
        "updated: 2026-03-01\n\ntext",
    ],
)
def test_the_date_may_stand_near_the_top(text: str) -> None:
    assert [(p.updated, p.text) for p in split_note("a.md", text)] == [("2026-03-01", "text")]


@pytest.mark.parametrize("line", ["label: board only", 'Label:  "board only" ', "label: 'board only'"])
def test_front_matter_may_label_a_note(line: str) -> None:
    labelled = split_note("a.md", f"---\n{line}\nupdated: 2026-03-01\n---\n# A\ntext\n## B\nmore\n")
    assert [(p.label, p.updated, p.text) for p in labelled] == [
        ("board only", "2026-03-01", "text"),
        ("board only", "2026-03-01", "more"),
    ]
    assert {p.label for p in split_note("a.md", "# A\nlabel: board only\n")} == {""}


def test_a_note_without_headings_takes_its_title_from_the_file() -> None:
    assert [(p.id, p.title) for p in split_note("notes/old_jobs.md", "text")] == [
        ("notes/old_jobs.md#old-jobs", "old jobs")
    ]


def test_windows_line_ends_and_byte_order_mark_do_no_harm() -> None:
    changed = "\ufeff" + NOTE.replace("\n", "\r\n")
    assert split_note("n.md", changed) == split_note("n.md", NOTE)


def test_long_sections_are_cut_between_paragraphs() -> None:
    paragraphs = [f"{number} " + "word " * 100 for number in range(6)]
    passages = split_note("n.md", "# Long\n\n" + "\n\n".join(paragraphs))
    assert len(passages) == 3
    assert all(len(passage.text) <= LONG_PASSAGE for passage in passages)
    assert " ".join(p.text for p in passages).split() == " ".join(paragraphs).split()


def test_a_folder_is_read_in_order_without_hidden_files(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / ".git").mkdir()
    for name in ("b.md", "deep/a.md", ".git/c.md", "d.txt"):
        (folder / name).write_text("# T\ntext", encoding="utf-8")
    assert [p.id for p in read_notes(folder)] == ["notes/b.md#t", "notes/deep/a.md#t"]


def test_unusable_folders_and_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no folder"):
        read_notes(tmp_path / "missing")
    with pytest.raises(BadFile, match="no Markdown file"):
        read_notes(tmp_path)
    (tmp_path / "x.md").write_bytes(b"\xff\xfe")
    with pytest.raises(BadFile, match=r"x\.md is not UTF-8"):
        read_notes(tmp_path)
