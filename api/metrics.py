"""Counting HTTP requests, and writing figures in the Prometheus text format."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

BUCKETS = (0.01, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)  # seconds
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sample:
    """One line of a family: `suffix` is appended to the family's name, e.g. "_bucket"."""

    value: float
    labels: Labels = ()
    suffix: str = ""


@dataclass(frozen=True)
class Family:
    """A metric with its samples; `kind` is counter, gauge or histogram."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]


@dataclass
class _Timing:
    count: int = 0
    seconds: float = 0.0
    buckets: Counter[float] = field(default_factory=Counter)


class Meter:
    """Counts responses and their duration since the start of this process. Safe across threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._responses: Counter[tuple[str, str, str]] = Counter()
        self._timings: dict[str, _Timing] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one response; `route` is the pattern, never the path, and an odd method is "OTHER"."""
        with self._lock:
            self._responses[method if method in METHODS else "OTHER", route, str(status or 499)] += 1
            timing = self._timings.setdefault(route, _Timing())
            timing.count += 1
            timing.seconds += seconds
            timing.buckets.update(bound for bound in BUCKETS if seconds <= bound)

    def families(self) -> tuple[Family, ...]:
        """What was counted so far."""
        with self._lock:
            return (self._response_family(), self._timing_family())

    def _response_family(self) -> Family:
        samples = tuple(
            Sample(count, (("method", method), ("route", route), ("status", status)))
            for (method, route, status), count in sorted(self._responses.items())
        )
        return Family(
            "triage_http_responses_total", "counter", "HTTP responses; 499: the caller left.", samples
        )

    def _timing_family(self) -> Family:
        samples = tuple(
            sample for route, timing in sorted(self._timings.items()) for sample in _histogram(route, timing)
        )
        return Family("triage_http_seconds", "histogram", "Seconds until a response was sent.", samples)


def gauge(name: str, help: str, values: Mapping[Labels, float]) -> Family:
    """A family of current values by their labels; `()` is the label set of a plain value."""
    return Family(name, "gauge", help, tuple(Sample(value, labels) for labels, value in values.items()))


def exposition(families: Iterable[Family]) -> str:
    """The families in the Prometheus text format, version 0.0.4."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _histogram(route: str, timing: _Timing) -> Iterator[Sample]:
    label = ("route", route)
    for bound in BUCKETS:
        yield Sample(timing.buckets[bound], (label, ("le", f"{bound:g}")), "_bucket")
    yield Sample(timing.count, (label, ("le", "+Inf")), "_bucket")
    yield Sample(timing.seconds, (label,), "_sum")
    yield Sample(timing.count, (label,), "_count")


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} {family.kind}"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels)
        yield (
            f"{family.name}{sample.suffix}{{{labels}}} {sample.value:.15g}"
            if labels
            else (f"{family.name}{sample.suffix} {sample.value:.15g}")
        )


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
