"""Labels by a person: the book behind the page, the page itself, and the file that comes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.labelling import create_label_app
from evals.cases import read_cases
from evals.judging.judged import read_items
from evals.judging.labels import LabelBook, cases_of, open_book, read_drafts
from tests.evals.material import line, write
from triage.errors import BadFile, BadInput, NotFound

BASE = "http://127.0.0.1:8040"
QUESTIONS = [
    {"question": "Who may export?", "category": "permissions"},
    {"question": "Which <b>format</b>?", "category": "clients"},
]
HIDDEN = [
    {"category": "permissions", "question": "May everybody export?", "evidence": "seen & logged"},
    {"category": "scale", "question": "How many rows?"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of three cases: one hid two things, one nothing, one got no question."""
    cases = [line(id="a/1", hidden_work=HIDDEN), line(id="b", hidden_work=[]), line(id="c")]
    write(tmp_path / "cases.jsonl", cases)
    run = tmp_path / "run"
    run.mkdir()
    drafts = [{"id": "a/1", "questions": QUESTIONS}, {"id": "b", "questions": QUESTIONS[:1]}]
    drafts.append({"id": "c", "questions": []})
    write(run / "drafts.jsonl", [json.dumps(draft) for draft in drafts])
    return run


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "labels.jsonl"


@pytest.fixture
def book(folder: Path, out: Path) -> LabelBook:
    return open_book(folder, out, folder.parent / "cases.jsonl")


@pytest.fixture
def page(book: LabelBook) -> TestClient:
    app = create_label_app(book, BASE, "secret")
    return TestClient(app, BASE, follow_redirects=False, headers={"Origin": BASE, "Accept": "text/html"})


def test_a_case_is_shown_labelled_and_in_the_file(page: TestClient, folder: Path, out: Path) -> None:
    overview = page.get("/secret/")
    assert "0 of 2 drafts are read" in overview.text
    shown = page.get("/secret/case/a/1")
    assert shown.status_code == 200
    assert "May everybody export?" in shown.text
    assert "seen &amp; logged" in shown.text
    assert "Which &lt;b&gt;format&lt;/b&gt;?" in shown.text
    assert "<script" not in shown.text

    form = {"item-0": "0", "item-1": "near", "worth-0": "useful", "concerns-0": "2", "worth-1": "noise"}
    saved = page.post("/secret/case/a/1", data=form)

    assert (saved.status_code, saved.headers["location"]) == (303, "/secret/case/b")
    (row,) = [json.loads(each) for each in out.read_text(encoding="utf-8").splitlines()]
    assert (row["gold"], row["by"]) == (["hit", "near"], [0, None])
    assert (row["drafted"], row["concerns"], row["judge"]) == (["useful", "noise"], [2, None], "person")
    assert [item.hit for item in read_items(out, folder.parent / "cases.jsonl")] == [True, False]


def test_the_last_case_leads_back_to_the_list(page: TestClient) -> None:
    page.post("/secret/case/a/1", data={"item-0": "miss", "item-1": "miss"})
    saved = page.post("/secret/case/b", data={"worth-0": "neutral"})
    assert saved.headers["location"] == "/secret/"
    assert "All drafts are read" in page.get("/secret/").text


def test_what_was_said_before_is_shown_again_and_can_be_changed(page: TestClient, book: LabelBook) -> None:
    page.post("/secret/case/a/1", data={"item-0": "1", "item-1": "miss", "concerns-1": "3"})
    shown = page.get("/secret/case/a/1").text
    assert 'name="item-0" value="1" checked' in shown
    assert 'name="concerns-1" value="3" checked' in shown
    page.post("/secret/case/a/1", data={"item-0": "near", "item-1": "miss"})
    label = book.sheet("a/1").label
    assert label
    assert label.gold == ("near", "miss")


@pytest.mark.parametrize("form", [{}, {"item-0": "hit", "item-1": "miss"}, {"item-0": "7", "item-1": "miss"}])
def test_an_incomplete_page_is_not_saved(page: TestClient, out: Path, form: dict[str, str]) -> None:
    answer = page.post("/secret/case/a/1", data=form)
    assert answer.status_code == 422
    assert "Not saved yet" in answer.text
    assert not out.exists()


def test_only_the_printed_link_opens_it(page: TestClient) -> None:
    assert page.get("/").status_code == 404
    assert page.get("/other/case/a/1").status_code == 404
    assert page.get("/secret/case/nobody").status_code == 404
    assert page.get("/secret/", headers={"Host": "evil.example"}).status_code == 421
    assert page.post("/secret/case/b", headers={"Origin": "http://evil.example"}).status_code == 403
    assert "default-src 'none'" in page.get("/secret/").headers["content-security-policy"]


def test_the_order_is_no_order_of_the_file_and_small_cases_come_last(tmp_path: Path, out: Path) -> None:
    ids = [f"case-{place}" for place in range(30)]
    cases = [line(id=key, hidden_work=[] if place % 3 else HIDDEN) for place, key in enumerate(ids)]
    file = read_cases(write(tmp_path / "cases.jsonl", cases))
    drafts = dict.fromkeys(ids, read_of(QUESTIONS, tmp_path))
    order = LabelBook(file.cases, drafts, out).order
    loud = [key for key in ids if not ids.index(key) % 3]
    assert set(order[: len(loud)]) == set(loud)
    assert order[: len(loud)] != loud
    assert order == LabelBook(tuple(reversed(file.cases)), drafts, out).order


def read_of(questions: list[dict[str, str]], folder: Path) -> tuple:  # type: ignore[type-arg]
    write(folder / "drafts.jsonl", [json.dumps({"id": "x", "questions": questions})])
    return read_drafts(folder)["x"]


def test_labels_go_on_where_they_ended_and_other_questions_need_a_new_one(
    folder: Path, out: Path, book: LabelBook
) -> None:
    book.say("a/1", ["miss", "miss"], [None, None], [None, None])
    cases = folder.parent / "cases.jsonl"
    assert open_book(folder, out, cases).done == {"a/1"}
    changed = [{"id": "a/1", "questions": QUESTIONS[:1]}, {"id": "b", "questions": QUESTIONS}]
    write(folder / "drafts.jsonl", [json.dumps(draft) for draft in changed])
    again = open_book(folder, out, cases)
    assert again.done == frozenset()
    assert again.next() == "a/1"


def test_bad_files_are_named(folder: Path, out: Path) -> None:
    cases = folder.parent / "cases.jsonl"
    out.write_text('{"id": "a/1", "questions": [], "gold": ["hit"], "by": [null]}\n', encoding="utf-8")
    with pytest.raises(BadFile, match=r"labels\.jsonl, line 1"):
        open_book(folder, out, cases)
    out.unlink()
    write(folder / "drafts.jsonl", ["", '{"id": "a"}'])
    with pytest.raises(BadFile, match=r"drafts\.jsonl, line 2: it is no draft"):
        open_book(folder, out, cases)
    (folder / "drafts.jsonl").unlink()
    with pytest.raises(BadFile, match="holds no"):
        open_book(folder, out, cases)


def test_the_cases_of_a_run_are_found_when_they_are_unchanged(folder: Path) -> None:
    cases = folder.parent / "cases.jsonl"
    with pytest.raises(BadInput, match="--cases"):
        cases_of(folder)
    told = {"cases_file": "cases.jsonl", "cases_digest": read_cases(cases).digest}
    (folder / "results.json").write_text(json.dumps({"run": told}), encoding="utf-8")
    assert cases_of(folder).digest == told["cases_digest"]
    cases.write_text(line(), encoding="utf-8")
    with pytest.raises(BadInput, match="have changed"):
        cases_of(folder)


def test_an_unknown_case_and_a_run_without_questions(book: LabelBook, out: Path, folder: Path) -> None:
    with pytest.raises(NotFound):
        book.sheet("c")
    file = read_cases(folder.parent / "cases.jsonl")
    with pytest.raises(BadInput, match="No draft of these cases has a question"):
        LabelBook(file.cases, {}, out)
