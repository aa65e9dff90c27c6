"""One HTML file of a run that works offline, in light and dark, on a phone and on paper.

First what people look at before they read: the headline, the curve over the number of questions, areas,
sizes, cost. Then every case with what was drafted, what it rests on, and how the labels came out.

It needs no script and fetches nothing, and it says so: whatever might get into it, a browser follows only
the one style sheet whose hash stands in its content policy.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

from evals.report.cases import case_section
from evals.report.figures import figure_sections
from evals.report.overview import header, table_of_measures, tiles
from evals.results import Results
from evals.scoring.scored import Scored
from evals.suites import Suite

_STYLE = Path(__file__).with_name("style.css")


def write_report(
    path: Path, suite: Suite, results: Results, scored: Sequence[Scored] = (), heading: str = ""
) -> None:
    """Write the report of one run; `heading` stands above the remarks of a case."""
    path.write_text(page(suite, results, scored, heading), encoding="utf-8")


def page(suite: Suite, results: Results, scored: Sequence[Scored], heading: str) -> str:
    """The whole document."""
    title = f"{results.run.suite} · {results.run.cases_file}"
    style = _STYLE.read_text(encoding="utf-8")
    cases = "".join(case_section(each, heading) for each in scored)
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f"{header(suite, results)}<main>{tiles(suite, results)}"
        f"<div class='figures'>{figure_sections(suite, results)}</div>"
        f"{table_of_measures(suite, results)}"
        f"{'<h2>Cases</h2>' + cases if cases else ''}"
        "</main></body></html>\n"
    )


def _policy(style: str) -> str:
    """Nothing but this style sheet."""
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
