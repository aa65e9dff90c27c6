"""How long one draft takes, and where the time goes: `python -m evals.bench.drafts`.

Drafts every mail of the shipped sample inbox once with the catalogue analyst, with the sample company's
notes, map and history, after a warm-up with another text. Prints a Markdown table for the README.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from triage.content import content_dir
from triage.domain import Draft, Request
from triage.intake.plain import request_from_file
from triage.oneoff import Knowledge, OneOff
from triage.ports import Encoder
from triage.retrieval.embed import SentenceEncoder
from triage.settings import load_settings

if TYPE_CHECKING:
    import numpy as np

WARM_UP = Request(id="warm-up", subject="A weekly summary", body="Could the list be mailed on Mondays?")
HELP_RUNS = 3


@dataclass
class TimedEncoder:
    """Passes everything on and adds up the seconds spent."""

    inner: Encoder
    seconds: float = field(default=0.0)

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def dimension(self) -> int:
        return self.inner.dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        began = time.perf_counter()
        try:
            return self.inner.encode(texts)
        finally:
            self.seconds += time.perf_counter() - began


@dataclass(frozen=True)
class Figures:
    """What was measured. Times in milliseconds, memory in bytes."""

    drafts: int
    seconds: float  # all drafts together
    median_ms: float
    slowest_ms: float
    embedding_share: float
    steps_ms: dict[str, float]  # mean per draft
    resident: int  # at rest, model and knowledge loaded
    help_seconds: float


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    print(as_markdown(measure(content_dir("knowledge") / "sample")))


def measure(sample: Path) -> Figures:
    """Draft the inbox of the sample company once."""
    encoder = TimedEncoder(SentenceEncoder())
    drafter = OneOff(
        load_settings(analyst="catalogue"),
        encoder,
        Knowledge.named(sample, None, sample / "history.jsonl"),
    )
    drafter.draft(WARM_UP)
    resident = resident_bytes()
    mails = [request_from_file(path.read_bytes()) for path in sorted((sample / "inbox").glob("*.eml"))]
    encoder.seconds = 0.0
    drafts, times = [], []
    for request in mails:
        began = time.perf_counter()
        drafts.append(drafter.draft(request))
        times.append(time.perf_counter() - began)
    return Figures(
        drafts=len(drafts),
        seconds=sum(times),
        median_ms=statistics.median(times) * 1000,
        slowest_ms=max(times) * 1000,
        embedding_share=encoder.seconds / sum(times),
        steps_ms=steps_ms(drafts),
        resident=resident,
        help_seconds=min(_help_seconds() for _ in range(HELP_RUNS)),
    )


def steps_ms(drafts: Sequence[Draft]) -> dict[str, float]:
    """Mean milliseconds by step, in the order of the graph."""
    sums: dict[str, float] = defaultdict(float)
    for draft in drafts:
        for run in draft.runs:
            sums[run.step] += run.ms
    return {step: total / len(drafts) for step, total in sums.items()}


def as_markdown(figures: Figures) -> str:
    """The table of the README, then the split by step."""
    rows = [
        ("one catalogue draft after warm-up, one core", f"{figures.median_ms:.0f} ms", "under 0.3 s"),
        ("the slowest of them", f"{figures.slowest_ms:.0f} ms", ""),
        ("drafts per second", f"{figures.drafts / figures.seconds:.1f}", ""),
        ("share of that spent on embedding", f"{figures.embedding_share:.0%}", ""),
        ("memory at rest, model loaded", f"{figures.resident / 1e6:.0f} MB", "under 900 MB"),
        ("`triage --help`", f"{figures.help_seconds:.2f} s", "under 0.5 s"),
    ]
    whole = figures.seconds * 1000 / figures.drafts
    steps = [(step, f"{ms:.1f} ms", f"{ms / whole:.0%}") for step, ms in figures.steps_ms.items()]
    rest = whole - sum(figures.steps_ms.values())
    steps.append(("graph, checkpoints, check", f"{rest:.1f} ms", f"{rest / whole:.0%}"))
    return _table(("figure", "measured", "aim"), rows) + "\n\n" + _table(("step", "a draft", "share"), steps)


def resident_bytes() -> int:
    """Memory of this process that is in RAM now; where /proc is missing, the most there ever was."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024
    except (OSError, StopIteration):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _help_seconds() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "triage.cli", "--help"], check=True, capture_output=True)
    return time.perf_counter() - began


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    main()
