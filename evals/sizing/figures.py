"""The figures of the sizing suite: pure functions from what was answered to figures with intervals.

Errors are in the data's own points. A ratio of two mean absolute errors is taken within each project, and the
geometric mean over projects stands for all. Intervals: bootstrap within each project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals.intervals import Estimate, Tally, estimate
from evals.measures import Better, Measure
from evals.results import CaseScores, Figure, pairs_of
from evals.scoring.across import Summary, across, below_one, geometric_mean, lowest, mean
from evals.sizing.data import DEEP_SE
from evals.sizing.play import Answers, Played, tshirt

MEDIAN, DEEP, LAST, BASE = "train median", "Deep-SE", "median of the last 50", "calibrated base rate"

MEASURES = (
    Measure("fixed_ratio", Better.LOWER, "fixed split: error ÷ that of the training median, geometric mean"),
    Measure("fixed_mae", Better.LOWER, "fixed split: mean absolute error in points, mean over projects"),
    Measure("fixed_beats_median", Better.HIGHER, "projects with a smaller error than the training median's"),
    Measure(
        "fixed_ratio_deep_se", Better.LOWER, "fixed split: error ÷ Deep-SE's published one, geometric mean"
    ),
    Measure(
        "fixed_beats_deep_se", Better.HIGHER, "projects with a smaller error than Deep-SE's published one"
    ),
    Measure("tshirt_exact", Better.HIGHER, "fixed split: label of the median right"),
    Measure("tshirt_likeliest", Better.HIGHER, "fixed split: likeliest label right"),
    Measure("fixed_coverage", Better.NEITHER, "fixed split: sizes inside their 80 % range"),
    Measure("fixed_width", Better.LOWER, "fixed split: width of the range in points"),
    Measure(
        "later_ratio", Better.LOWER, "the same when the val part is known too: error ÷ the training median's"
    ),
    Measure("rolling_ratio", Better.LOWER, "as sizes arrive: error ÷ that of the last 50's median"),
    Measure("rolling_mae", Better.LOWER, "as sizes arrive: mean absolute error in points"),
    Measure("coverage", Better.NEITHER, "as sizes arrive: sizes inside their 80 % range"),
    Measure("coverage_worst", Better.HIGHER, "the same on the project where it is lowest"),
    Measure("width", Better.LOWER, "as sizes arrive: width of the range in points"),
    Measure("width_ratio", Better.LOWER, "width ÷ that of the calibrated base rate, geometric mean"),
)

Tallies = list[Tally]
_Of = Callable[[Played], Tallies]


@dataclass(frozen=True)
class Summarised:
    """Over all projects, in the form of `Results`."""

    metrics: dict[str, Figure]
    baselines: dict[str, dict[str, Figure]]
    gains: dict[str, dict[str, Figure]]


def summarise(played: Sequence[Played]) -> Summarised:
    """Every measure that something counts for, with the baselines that have it."""
    metrics = {name: _figure(played, of, summary) for name, (of, summary) in _OURS.items()}
    baselines = {
        baseline: {name: _figure(played, of, summary) for name, (of, summary) in theirs.items()}
        for baseline, theirs in _THEIRS.items()
    }
    gains = {
        baseline: {
            name: _gain(played, of, _OURS[name][0])
            for name, (of, summary) in theirs.items()
            if summary is mean
        }
        for baseline, theirs in _THEIRS.items()
    }
    return Summarised(_present(metrics), _each_present(baselines), _each_present(gains))


def project_figures(played: Played) -> dict[str, Figure]:
    """The measures of one project that mean something there."""
    found = {name: estimate(of(played)) for name, (of, _) in _OURS.items() if name in SINGLE}
    theirs = {
        f"{name} {baseline}": estimate(of(played))
        for baseline, measures in _THEIRS.items()
        for name, (of, _) in measures.items()
        if name in SINGLE
    }
    return {name: Figure.of(one) for name, one in (found | theirs).items() if one}


def cases(played: Sequence[Played]) -> tuple[CaseScores, ...]:
    """What each issue adds, for `triage eval compare`: every project weighs the same there, and ratios of
    errors are averaged plainly."""
    return tuple(case for each in played for case in _cases(each))


def _cases(played: Played) -> list[CaseScores]:
    columns = {name: _of_equal_weight(of(played)) for name, (of, _) in _OURS.items() if name in SINGLE}
    columns = {name: column for name, column in columns.items() if column}
    return [
        CaseScores(
            id=f"{played.name}:{key}",
            tallies=pairs_of({name: column[row] for name, column in columns.items()}),
        )
        for row, key in enumerate(played.keys)
    ]


def _of_equal_weight(tallies: Tallies) -> Tallies:
    """The whole of a project is 100, whatever its size."""
    total = sum(tally.whole for tally in tallies)
    return [Tally(100 * t.part / total, 100 / len(tallies)) for t in tallies] if total else []


# --- what each issue of a project adds ----------------------------------------------------------------


def _against(ours: np.ndarray, theirs: np.ndarray) -> Tallies:
    return [Tally(float(part), float(whole)) for part, whole in zip(ours, theirs, strict=True)]


def _mean_of(values: np.ndarray) -> Tallies:
    return [Tally(float(value), 1) for value in values]


def _error(played: Played, said: np.ndarray) -> np.ndarray:
    error: np.ndarray = np.abs(said - played.sizes)
    return error


def _fixed(played: Played) -> np.ndarray:
    return _error(played, played.fixed.medians)


def _deep_se(played: Played) -> Tallies:
    """Against its published error; nothing where there is none."""
    published = DEEP_SE.get(played.name, 0.0)
    return _against(_fixed(played), np.full(len(played.sizes), published))


def _published(played: Played) -> Tallies:
    """Deep-SE's published error; nothing where there is none."""
    published = DEEP_SE.get(played.name)
    return [Tally(published or 0.0, float(published is not None))] * len(played.sizes)


def _inside(played: Played, low: np.ndarray, high: np.ndarray) -> Tallies:
    return _mean_of((low <= played.sizes) & (played.sizes <= high))


def _held(played: Played, answers: Answers) -> Tallies:
    return _inside(played, answers.lows, answers.highs)


def _right(played: Played, labels: np.ndarray) -> Tallies:
    return _mean_of(labels == tshirt(played.sizes))


def _fixed_ratio(p: Played) -> Tallies:
    return _against(_fixed(p), _error(p, p.train_median))


def _rolling_ratio(p: Played) -> Tallies:
    return _against(_error(p, p.rolling.medians), _error(p, p.last_median))


def _coverage(p: Played) -> Tallies:
    return _held(p, p.rolling)


def _base_coverage(p: Played) -> Tallies:
    return _inside(p, p.base_low, p.base_high)


SINGLE = (
    "fixed_ratio", "fixed_mae", "fixed_ratio_deep_se", "tshirt_exact", "tshirt_likeliest", "fixed_coverage",
    "fixed_width", "later_ratio", "rolling_ratio", "rolling_mae", "coverage", "width", "width_ratio",
)  # fmt: skip

_OURS: Mapping[str, tuple[_Of, Summary]] = {
    "fixed_ratio": (_fixed_ratio, geometric_mean),
    "fixed_mae": (lambda p: _mean_of(_fixed(p)), mean),
    "fixed_beats_median": (_fixed_ratio, below_one),
    "fixed_ratio_deep_se": (_deep_se, geometric_mean),
    "fixed_beats_deep_se": (_deep_se, below_one),
    "tshirt_exact": (lambda p: _right(p, p.fixed.labels), mean),
    "tshirt_likeliest": (lambda p: _right(p, p.fixed.likeliest), mean),
    "fixed_coverage": (lambda p: _held(p, p.fixed), mean),
    "fixed_width": (lambda p: _mean_of(p.fixed.highs - p.fixed.lows), mean),
    "later_ratio": (
        lambda p: _against(_error(p, p.later.medians), _error(p, p.train_median)),
        geometric_mean,
    ),
    "rolling_ratio": (_rolling_ratio, geometric_mean),
    "rolling_mae": (lambda p: _mean_of(_error(p, p.rolling.medians)), mean),
    "coverage": (_coverage, mean),
    "coverage_worst": (_coverage, lowest),
    "width": (lambda p: _mean_of(p.rolling.highs - p.rolling.lows), mean),
    "width_ratio": (
        lambda p: _against(p.rolling.highs - p.rolling.lows, p.base_high - p.base_low),
        geometric_mean,
    ),
}
_THEIRS: Mapping[str, Mapping[str, tuple[_Of, Summary]]] = {
    MEDIAN: {
        "fixed_mae": (lambda p: _mean_of(_error(p, p.train_median)), mean),
        "tshirt_exact": (lambda p: _right(p, tshirt(p.train_median)), mean),
        "tshirt_likeliest": (lambda p: _right(p, tshirt(p.train_median)), mean),
    },
    DEEP: {"fixed_mae": (_published, mean)},
    LAST: {"rolling_mae": (lambda p: _mean_of(_error(p, p.last_median)), mean)},
    BASE: {
        "coverage": (_base_coverage, mean),
        "coverage_worst": (_base_coverage, lowest),
        "width": (lambda p: _mean_of(p.base_high - p.base_low), mean),
    },
}


# --- figures ------------------------------------------------------------------------------------------


def _figure(played: Sequence[Played], of: _Of, summary: Summary) -> Figure | None:
    return _rounded(across([of(each) for each in played], summary))


def _gain(played: Sequence[Played], theirs: _Of, ours: _Of) -> Figure | None:
    """The mean over projects of ours minus theirs, resampled together."""
    pairs = [
        [Tally(b.part - a.part, a.whole) for a, b in zip(theirs(each), ours(each), strict=True)]
        for each in played
    ]
    return _rounded(across(pairs, mean))


def _rounded(found: Estimate | None) -> Figure | None:
    return Figure.of(found) if found else None


def _present(figures: Mapping[str, Figure | None]) -> dict[str, Figure]:
    return {name: one for name, one in figures.items() if one}


def _each_present(groups: Mapping[str, Mapping[str, Figure | None]]) -> dict[str, dict[str, Figure]]:
    return {name: kept for name, group in groups.items() if (kept := _present(group))}
