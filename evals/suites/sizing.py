"""The sizing suite: how far can a rough size be trusted? Story points of public projects, sized by the
estimator that sizes a company's requests.

Every constant of `triage/estimating` was chosen on the train and val parts of the developers' half, none on a
test part: see `docs/sizing.md`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.progress import Progress

from evals.progress import progress_bar
from evals.results import Results, Run
from evals.sizing.data import Project, SizingFile, read_sizing
from evals.sizing.figures import MEASURES, cases, project_figures, summarise
from evals.sizing.play import Played, play
from evals.sizing.tables import print_sizing
from triage import __version__
from triage.domain import PastRequest
from triage.retrieval.texts import of_past

if TYPE_CHECKING:
    from triage.ports import Encoder

__all__ = ["HEADLINE", "MEASURES", "NAME", "measure"]

NAME = "sizing"
HEADLINE = "fixed_ratio"
CHUNK = 64  # texts encoded at a time
THREADS = 2


def measure(path: Path, console: Console, encoder: Encoder) -> Results:
    """Size the test part of every project in `path` and print the figures.

    Ctrl+C ends it with the projects that are done.

    Raises:
        BadFile: the data cannot be used; nothing was run then.
    """
    file = read_sizing(path)
    began, started = datetime.now(UTC), time.perf_counter()
    played = _play_all(file, encoder, console)
    run = Run(
        suite=NAME,
        cases_file=file.name,
        cases_digest=file.digest,
        cases=len(file.projects),
        done=len(played),
        stopped="" if len(played) == len(file.projects) else "interrupted",
        encoder=encoder.name,
        version=__version__,
        started=began.isoformat(timespec="seconds"),
        seconds=round(time.perf_counter() - started, 2),
    )
    results = results_of(run, played)
    print_sizing(console, results)
    return results


def results_of(run: Run, played: Sequence[Played]) -> Results:
    """All figures; those of one project are called `project:measure`."""
    found = summarise(played)
    single = {f"{each.name}:{name}": one for each in played for name, one in project_figures(each).items()}
    return Results(
        partial=run.done < run.cases,
        run=run,
        metrics=found.metrics | single,
        baselines=found.baselines,
        gains=found.gains,
        cases=cases(played),
    )


def _play_all(file: SizingFile, encoder: Encoder, console: Console) -> list[Played]:
    """One project after the other, while the texts of the next ones are being encoded."""
    done: list[Played] = []
    with progress_bar(console) as bar, _encoding(file, encoder, bar) as coming:
        task = bar.add_task("Sizing", total=len(file.projects))
        try:
            for project, vectors in coming:
                done.append(play(project, vectors()))
                bar.advance(task)
        except KeyboardInterrupt:
            console.print(f"Interrupted: {len(done)} of {len(file.projects)} projects are done.")
    return done


_Vectors = Callable[[], np.ndarray]


@contextmanager
def _encoding(file: SizingFile, encoder: Encoder, bar: Progress) -> Iterator[list[tuple[Project, _Vectors]]]:
    """Each project with a function that waits for the vectors of its texts, encoded as the product would."""
    task = bar.add_task("Encoding", total=file.items)
    pool = ThreadPoolExecutor(THREADS)

    def encode(texts: list[str]) -> np.ndarray:
        vectors = encoder.encode(texts)
        bar.advance(task, len(texts))
        return vectors

    try:
        yield [(project, _Waiting(pool, encode, _texts(project)).all) for project in file.projects]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Waiting:
    """The vectors of one project's texts, in the making from the start."""

    def __init__(
        self, pool: ThreadPoolExecutor, encode: Callable[[list[str]], np.ndarray], texts: list[str]
    ) -> None:
        chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
        self._parts: list[Future[np.ndarray]] = [pool.submit(encode, chunk) for chunk in chunks]

    def all(self) -> np.ndarray:
        """Shape (items, dimension), when all are there."""
        return np.concatenate([part.result() for part in self._parts])


def _texts(project: Project) -> list[str]:
    return [
        of_past(PastRequest(id=item.key, subject=item.title, body=item.description)).full
        for item in project.items
    ]
