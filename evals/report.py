"""One HTML file that works offline: the figures, then every case with what was asked and what surfaced."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from evals.metrics import MEASURES, MOST
from evals.results import CurvePoint, Figure, Results
from evals.suites.hidden_work import Scored
from triage.domain import Question, Surprise

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5b6472; --line: #d7dce3;
  --good: #1b7f4d; --bad: #a8441f }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #9aa4b2; --line: #39414d; --good: #62c796; --bad: #e3936d } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: Canvas; max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .25rem .8rem; border-bottom: 1px solid var(--line) }
td { white-space: nowrap }
th:first-child, td:first-child { text-align: left; white-space: normal }
small, .soft { color: var(--soft) } .asked { color: var(--good) } .missed { color: var(--bad) }
section { border-top: 1px solid var(--line); padding: .6rem 0 }
ol, ul { margin: .3rem 0; padding-left: 1.4rem }
summary { cursor: pointer } svg { max-width: 100% }
polyline { fill: none; stroke: var(--good); stroke-width: 2 }
line { stroke: var(--line) } text { fill: var(--soft); font-size: 11px }
@media print { details > * { display: block } }
"""


def write_report(path: Path, results: Results, scored: Sequence[Scored]) -> None:
    """Write the report of one run."""
    path.write_text(_page(results, scored), encoding="utf-8")


def _page(results: Results, scored: Sequence[Scored]) -> str:
    run = results.run
    title = f"{run.suite} · {run.cases_file}"
    partial = "<p class='missed'>Interrupted: a partial result.</p>" if results.partial else ""
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1>{partial}<p>{_made_how(results)}</p>"
        f"{_figures(results)}{_curve(results.curve)}<h2>Cases</h2>{''.join(map(_case, scored))}"
        "</body></html>\n"
    )


def _made_how(results: Results) -> str:
    run = results.run
    model = f", model {run.model}" if run.model else ""
    return escape(
        f"{run.done} of {run.cases} cases, {run.analyst} analyst{model}, learned parts {run.weights}, "
        f"history {run.history}, product map "
        f"{run.product_map or 'none'}, {run.started}, {run.seconds:.0f} s. The very thing is judged by a "
        f"matcher whose agreement with a blind reading on unseen projects is kappa {run.judge.kappa:.2f}, "
        f"bias {run.judge.bias:+.3f}. Intervals: 95 %, bootstrap over cases."
    )


def _figures(results: Results) -> str:
    heads = "".join(
        f"<th>{escape(name)}</th>" for name in (results.run.analyst, "95 %", "n", *results.baselines)
    )
    rows = []
    for measure in MEASURES:
        found = results.metrics.get(measure.name)
        if found is None:
            continue
        beside = "".join(_cell(theirs.get(measure.name)) for theirs in results.baselines.values())
        rows.append(
            f"<tr><td>{measure.name}<br><small>{escape(measure.says)}</small></td>{_cell(found)}"
            f"<td>{found.low:.2f}–{found.high:.2f}</td><td>{found.n}</td>{beside}</tr>"
        )
    return f"<table><tr><th>measure</th>{heads}</tr>{''.join(rows)}</table>"


def _cell(figure: Figure | None) -> str:
    return f"<td>{figure.value:.3f}</td>" if figure else "<td class='soft'>–</td>"


def _curve(points: Sequence[CurvePoint]) -> str:
    if len(points) < 2:
        return ""
    width, height = 640, 160
    step = width / (len(points) - 1)
    line = " ".join(
        f"{place * step:.1f},{height * (1 - point.share):.1f}" for place, point in enumerate(points)
    )
    grid = "".join(
        f"<line x1='0' x2='{width}' y1='{height * (1 - share)}' y2='{height * (1 - share)}'/>"
        f"<text x='2' y='{height * (1 - share) - 3}'>{share:g}</text>"
        for share in (0.0, 0.5, 1.0)
    )
    first, last = points[0].opened, points[-1].opened
    return (
        "<h2>The very thing@5 over time, cumulative</h2>"
        f"<svg viewBox='0 -14 {width} {height + 34}' role='img' "
        f"aria-label='from {points[0].share} to {points[-1].share}'>{grid}<polyline points='{line}'/>"
        f"<text x='0' y='{height + 16}'>{escape(first)}</text>"
        f"<text x='{width - 50}' y='{height + 16}'>{escape(last)}</text></svg>"
    )


def _case(scored: Scored) -> str:
    case, draft = scored.solved.case, scored.solved.draft
    kinds = ", ".join(kind.name for kind in draft.reading.kinds) or "no kind of change found"
    size = f"size {draft.size.label}" + (f", really {case.size}" if case.size else "")
    asked = "".join(map(_question, draft.questions[:MOST])) or "<li class='soft'>Nothing asked.</li>"
    labels = "".join(map(_label, case.hidden, scored.asked)) or "<li>Nothing was hidden.</li>"
    odd = ", ".join(case.irrelevant)
    return (
        f"<section id='{escape(case.id)}'><details><summary><b>{escape(case.request.subject or case.id)}</b> "
        f"<small>{escape(case.id)} · {_tally(scored)}</small></summary>"
        f"<p>{escape(case.request.body).replace(chr(10), '<br>')}</p></details>"
        f"<small>{escape(kinds)} · {size}</small><ol>{asked}</ol>Surfaced later<ul>{labels}</ul>"
        f"<small>{escape(f'Not relevant here: {odd}') if odd else ''}</small></section>"
    )


def _tally(scored: Scored) -> str:
    if not scored.asked:
        return f"small, {len(scored.solved.draft.questions)} questions"
    return f"{sum(place is not None for place in scored.asked)} of {len(scored.asked)} asked"


def _question(question: Question) -> str:
    return f"<li>{escape(question.question)} <small>{escape(question.category)}</small></li>"


def _label(item: Surprise, place: int | None) -> str:
    verdict = "not asked" if place is None else f"asked by question {place + 1}"
    style = "missed" if place is None else "asked"
    return (
        f"<li>{escape(item.question)} <small>{escape(item.category)} · "
        f"<span class='{style}'>{verdict}</span> · {escape(item.evidence)}</small></li>"
    )
