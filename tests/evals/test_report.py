"""What stands in a report, and that charts show what they are given."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evals.intervals import Tally
from evals.metrics import MOST, Scores
from evals.report import page, write_report
from evals.report.charts import Bar, Line, bars_chart, grid_chart, histogram, lines_chart
from evals.report.markdown import summary
from evals.report.svg import apart
from evals.results import Judge, Run
from evals.running.assembling import assemble
from evals.running.solving import Solved
from evals.scoring.scored import Remark, Scored
from evals.suites import suite_named
from tests.evals.drafts import draft
from tests.evals.material import case
from triage.domain import StepRun, TShirt

HIDDEN_WORK = suite_named("hidden-work")
RUN = Run(
    suite="hidden-work",
    cases_file="a|<b>.jsonl",
    cases_digest="d",
    cases=3,
    done=3,
    version="1",
    started="2026-11-20T10:00:00+00:00",
    seconds=1.0,
    analyst="catalogue",
    judge=Judge(digest="m", kappa=0.6, bias=0.0),
)


def scored(name: str, hits: int, *, cost: float = 0.0) -> Scored:
    tallies = {f"{what}@{k}": Tally(hits, 2) for what in ("very_thing", "recall") for k in range(1, MOST + 1)}
    tallies |= {"seconds": Tally(0.25, 1), "cost": Tally(cost, 1), "size_exact": Tally(0, 1)}
    runs = (StepRun(step="read", analyst="llm", cost=cost, ms=250.0),)
    return Scored(
        Solved(case(name, size=TShirt.L, body="<script>x</script>"), (draft(name, runs=runs),)),
        (Scores(name, tallies),),
        (Remark("Is it <b>logged</b>?", hits > 1, "audit · not asked", "a <i>bug</i>"),),
        {"keyword rules": Scores(name, {f"recall@{k}": Tally(1, 2) for k in range(1, MOST + 1)})},
        {"audit": {"very_thing@5": Tally(hits, 2), "recall@5": Tally(hits, 2), "keyword rules": Tally(1, 2)}},
    )


def written(*cases: Scored) -> str:
    return page(HIDDEN_WORK, assemble(HIDDEN_WORK, RUN, cases), cases, "Surfaced later")


def test_figures_come_before_cases() -> None:
    text = written(scored("a", 2), scored("b", 0))
    order = [
        text.index(words)
        for words in ("What the first questions find", "By area", "Size against", "All measures", "<article")
    ]
    assert order == sorted(order)
    assert "0.500" in text
    assert "against keyword rules" not in text  # no gain over a baseline that has no headline


def test_nothing_that_was_written_by_others_becomes_markup() -> None:
    text = written(scored("a", 2))
    assert "<script>" not in text
    assert "Is it &lt;b&gt;logged&lt;/b&gt;?" in text
    assert "a &lt;i&gt;bug&lt;/i&gt;" in text
    assert "a|&lt;b&gt;.jsonl" in text
    assert "a\\|&lt;b>.jsonl" in summary(HIDDEN_WORK, assemble(HIDDEN_WORK, RUN, [scored("a", 2)]))


def test_a_case_shows_draft_labels_and_evidence() -> None:
    text = written(scored("a", 2))
    for words in ("Who may export the list?", "“the list as a file”", "seen on: Export of invoices"):
        assert words in text
    assert "Surfaced later" in text
    assert "Similar past requests" in text
    assert "size M (1–4 days), really L" in text


def test_without_a_price_the_time_is_shown() -> None:
    assert "Time per request" in written(scored("a", 2))
    paid = written(scored("a", 2, cost=0.25), scored("b", 1, cost=0.75))
    assert "Cost per request" in paid
    assert "1.00 US dollars in all" in paid


@pytest.mark.parametrize("suite", ["answers", "grounding"])
def test_a_suite_without_a_curve_shows_its_shares(suite: str) -> None:
    named = suite_named(suite)
    one = Scored(Solved(case("a"), (draft("a"),)), (Scores("a", {named.headline: Tally(1, 1)}),))
    text = page(named, assemble(named, RUN.model_copy(update={"suite": suite}), [one]), [one], "Findings")
    assert "At a glance" in text
    assert "What the first questions find" not in text


def test_an_empty_run_still_has_a_report(tmp_path: Path) -> None:
    empty = RUN.model_copy(update={"done": 0, "stopped": "interrupted"})
    write_report(tmp_path / "report.html", HIDDEN_WORK, assemble(HIDDEN_WORK, empty, []))
    assert "a partial result" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_browser_may_follow_nothing_but_the_style_sheet() -> None:
    text = written(scored("a", 2))
    style = text.partition("<style>")[2].partition("</style>")[0]
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{allowed}'" in text
    assert " style=" not in text  # a policy with a hash would drop it


@pytest.mark.parametrize(("hits", "corrected"), [((2, 0), 0.4), ((0, 0), 0.0)])
def test_the_headline_is_told_without_the_bias_of_the_matcher(
    hits: tuple[int, int], corrected: float
) -> None:
    judge = Judge(digest="m", kappa=0.6, bias=0.1)
    run = RUN.model_copy(update={"judge": judge, "headline": "very_thing@5"})
    cases = [scored(name, count) for name, count in zip("ab", hits, strict=True)]
    found = assemble(HIDDEN_WORK, run, cases)
    assert found.run.judge == judge.model_copy(update={"corrected": corrected})
    assert f"without it very_thing@5 is {corrected:.3f}" in page(HIDDEN_WORK, found, cases, "")


def test_every_tag_is_closed() -> None:
    checked = _Tags()
    checked.feed(written(scored("a", 2), scored("b", 0)))
    assert checked.open == []


CHARTS = {
    "lines": lines_chart(
        [Line("own", [0.1, 0.5], "own", [(0.0, 0.2), (0.4, 0.6)]), Line("other", [0.2, 0.5], "beside")],
        ["1", "2"],
        "a <label>",
        "k",
    ),
    "bars": bars_chart([Bar("audit", "n 3", 0.5, 0.2, 0.9, inner=0.25, marks=(0.1, None, 1.0, 0.3))], "bars"),
    "grid": grid_chart([[3, 0], [1, 0]], ["S", "M"], "sizes"),
    "histogram": histogram([0.1, 0.2, 0.2, 9.0], "seconds", "s"),
    "nothing took any time": histogram([0.0, 0.0], "seconds", "s"),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_well_formed_and_says_what_it_shows(name: str) -> None:
    root = ElementTree.fromstring(CHARTS[name])
    assert root.get("role") == "img"
    assert root.get("aria-label")
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for text in root.iter("text"):
        assert 0 <= float(text.get("x", "-1")) <= width
        assert 0 <= float(text.get("y", "-1")) <= height


def test_a_bar_is_as_long_as_its_share() -> None:
    widths = [
        float(found)
        for found in re.findall(r"<rect class='(?:pale|fill)'.*?width='([\d.]+)'", CHARTS["bars"])
    ]
    assert widths == [116.0, 58.0]  # half and a quarter of 232


def test_the_longest_name_of_a_bar_has_room() -> None:
    name = "fixed formula, text and age"
    root = ElementTree.fromstring(bars_chart([Bar(name, "0.85", 0.85), Bar("short", "1", 1.0)], "bars"))
    ends = [float(text.get("x", "")) for text in root.iter("text") if text.text == name]
    assert ends[0] > 6.4 * len(name)


def test_labels_that_would_overlap_are_moved_apart() -> None:
    assert apart([10, 12, 50, 11], 14) == [10, 38, 52, 24]


class _Tags(HTMLParser):
    """Tags that were opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None: ...

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
