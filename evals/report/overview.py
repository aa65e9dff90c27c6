"""The top of a report: what was measured, the figures that decide, and the table of all of them."""

from __future__ import annotations

from html import escape

from evals.measures import by_name
from evals.report.markdown import ARROWS
from evals.report.tables import STOPS, how, interval, shown
from evals.results import Figure, Results
from evals.suites import Suite


def header(suite: Suite, results: Results) -> str:
    """Title, and in small what one must know to read the figures."""
    run = results.run
    partial = ""
    if results.partial:
        why = STOPS.get(run.stopped, "It was stopped")
        partial = f"<p class='warning'>{why}: a partial result, {run.done} of {run.cases} {suite.unit}.</p>"
    choice = f" · only {', '.join(run.filters)}" if run.filters else ""
    repeat = f" · each drafted {run.repeat} times" if run.repeat > 1 else ""
    done = f"{run.done} of {run.cases} {suite.unit}{escape(choice)}{repeat}"
    return (
        f"<header><p class='soft'>{escape(suite.says.capitalize())}</p>"
        f"<h1>{escape(run.suite)} <span class='soft'>on</span> {escape(run.cases_file)}</h1>{partial}"
        f"<p class='soft'>{done} · {_when(run.started)} · "
        f"version {escape(run.version)}<br>{'<br>'.join(map(escape, how(run)))}</p></header>"
    )


def _when(started: str) -> str:
    return escape(started.replace("T", " ").replace("+00:00", " UTC"))


def tiles(suite: Suite, results: Results) -> str:
    """The headline with the gain on each baseline, then what else is asked first."""
    found = results.metrics.get(suite.headline)
    if found is None:
        return ""
    gains = "".join(
        f"<li><span class='{_tone(suite, gain[suite.headline])}'>{gain[suite.headline].value:+.3f}</span> "
        f"({interval(gain[suite.headline])}) against {escape(name)}</li>"
        for name, gain in results.gains.items()
        if suite.headline in gain
    )
    first = (
        f"<div class='tile wide'><p class='soft'>{escape(_says(suite, suite.headline))}</p>"
        f"<p class='big'>{found.value:.3f}</p>"
        f"<p class='soft'>95 % {interval(found)}, n {found.n}</p><ul class='plain'>{gains}</ul></div>"
    )
    others = [m.name for m in suite.measures if m.name in results.metrics and m.name in _FIRST_ASKED]
    return f"<div class='tiles'>{first}{''.join(_tile(suite, results, name) for name in others)}</div>"


_FIRST_ASKED = (
    "very_thing@3", "recall@5", "questions_on_small", "size_within_one", "left_to_fill", "promises_found",
    "reading_age", "quotes_literal", "citations_retrieved", "seconds", "cost", "tshirt_exact", "coverage",
    "rolling_ratio", "hit@5", "recall@10", "MRR@10",
)  # fmt: skip


def _tile(suite: Suite, results: Results, name: str) -> str:
    found = results.metrics[name]
    if name == "cost" and not results.run.model:
        return ""
    value = f"{found.value:.4f}" if name == "cost" else f"{found.value:.2f}"
    return (
        f"<div class='tile'><p class='soft'>{escape(_says(suite, name))}</p><p class='big'>{value}</p>"
        f"<p class='soft'>{interval(found)}, n {found.n}</p></div>"
    )


def table_of_measures(suite: Suite, results: Results) -> str:
    """Every measure with interval and n, the baselines beside it."""
    columns = (results.run.analyst or "value", "95 %", "n", *results.baselines)
    heads = "".join(f"<th>{escape(name)}</th>" for name in columns)
    rows = "".join(
        _row(suite, name, found, results)
        for name, found in results.metrics.items()
        if name in by_name(suite.measures)
    )
    return (
        "<section><h2>All measures</h2><p class='soft'>Intervals: 95 %, bootstrap over cases. The arrow says "
        "which way is better.</p><div class='scroll' tabindex='0' role='region' aria-label='All measures'>"
        "<table>"
        f"<thead><tr><th>measure</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _row(suite: Suite, name: str, found: Figure, results: Results) -> str:
    measure = by_name(suite.measures)[name]
    beside = "".join(f"<td>{shown(theirs.get(name))}</td>" for theirs in results.baselines.values())
    strong = " class='headline'" if name == suite.headline else ""
    return (
        f"<tr{strong}><td>{name} <span class='soft'>{ARROWS[measure.better]}</span><br>"
        f"<small class='soft'>{escape(measure.says)}</small></td><td>{shown(found)}</td>"
        f"<td>{interval(found)}</td><td>{found.n}</td>{beside}</tr>"
    )


def _says(suite: Suite, name: str) -> str:
    says = by_name(suite.measures)[name].says
    return says[:1].upper() + says[1:]


def _tone(suite: Suite, gain: Figure) -> str:
    """Green or red only when the interval is clear of zero."""
    if gain.low <= 0 <= gain.high:
        return "soft"
    return "bad" if by_name(suite.measures)[suite.headline].worsening(0, gain.value) > 0 else "good"
