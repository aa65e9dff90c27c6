"""Reading a collection: what is wrong with a file is said before anything runs."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from evals.retrieval.data import Collection, read_collection
from triage.errors import BadFile

DOCS = "id,t,title,description,product,component\n"
PLAIN = (
    DOCS
    + 'c,2020-01-03,Third,"With ""quotes"", and\na line",Billing,Export\n'
    + "a,2020-01-01 08:00,First,,Billing,\n"
    + "b,2020-01-02,Second,Text,,\n"
)
QRELS = "query,rel,split\nc,a,test\nc,b,test\nb,a,dev\n"


def read(folder: Path, docs: str = PLAIN, qrels: str = QRELS) -> Collection:
    (folder / "docs.csv").write_text(docs, encoding="utf-8")
    (folder / "qrels.csv").write_text(qrels, encoding="utf-8")
    return read_collection(folder / "docs.csv", folder / "qrels.csv")


def test_reports_are_in_time_order_with_their_dates(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert [report.id for report in found.reports] == ["a", "b", "c"]
    assert [report.day for report in found.reports] == [date(2020, 1, day) for day in (1, 2, 3)]
    assert [report.area for report in found.reports] == ["Billing", "", "Billing / Export"]
    assert found.relevant == {"c": {"a", "b"}, "b": {"a"}}
    assert [report.id for report in found.queries("test")] == ["c"]
    past, request = found.reports[2].past(), found.reports[2].request()
    assert past.body == request.body == 'With "quotes", and\na line'
    assert (past.opened, request.received.date()) == ("2020-01-03", date(2020, 1, 3))


def test_without_dates_reports_are_a_day_apart(tmp_path: Path) -> None:
    found = read(tmp_path, "id,t,title,description\nx,0007,One,\ny,0009,Two,\nz,0010,Three,\n", QUERIES)
    assert [(report.day - found.reports[0].day).days for report in found.reports] == [0, 1, 2]


QUERIES = "query,rel,split\nz,x,test\n"


def test_of_the_same_moment_nothing_is_earlier(tmp_path: Path) -> None:
    docs = "id,t,title,description\nx,1,One,\ny,2,Two,\nz,2,Three,\nw,3,Four,\n"
    found = read(tmp_path, docs, QUERIES)
    assert [found.earlier(report) for report in found.reports] == [0, 1, 1, 3]


def test_a_query_without_text_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, "id,t,title,description\nx,1,One,\nz,2, ,\n", QUERIES)
    assert found.queries("test") == []


def test_gzip_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    plain = read(tmp_path)
    packed = tmp_path / "retrieval-billing-docs.csv.gz"
    packed.write_bytes(gzip.compress(PLAIN.encode("utf-8-sig")))
    found = read_collection(packed, tmp_path / "qrels.csv")
    assert found.reports == plain.reports
    assert found.name == "billing"


@pytest.mark.parametrize(
    ("docs", "qrels", "said"),
    [
        ("id,t,title\na,1,x\n", QRELS, "no column description"),
        ("", QRELS, "no column id"),
        (PLAIN, "query,rel\nc,a\n", "no column split"),
        (PLAIN, "query,rel,split\nc,q,test\n", "names q, which is no document"),
        (PLAIN, "query,rel,split\na,c,test\n", "a should find c, which is not earlier"),
        (PLAIN, "query,rel,split\na,a,test\n", "a should find a, which is not earlier"),
        (DOCS + "a,1,x,,,\na,2,y,,,\n", "query,rel,split\n", "same id twice|no column"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, docs: str, qrels: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        read(tmp_path, docs, qrels)


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    read(tmp_path)
    (tmp_path / "docs.csv.gz").write_bytes(gzip.compress(PLAIN.encode())[:40])
    with pytest.raises(BadFile, match=r"docs\.csv\.gz cannot be read"):
        read_collection(tmp_path / "docs.csv.gz", tmp_path / "qrels.csv")
