from __future__ import annotations

from evals.bench.drafts import Figures, TimedEncoder, as_markdown, resident_bytes, steps_ms
from tests.fakes import WordEncoder
from triage.domain import Draft, StepRun


def test_the_encoder_is_passed_through_and_timed() -> None:
    inner = WordEncoder()
    timed = TimedEncoder(inner)
    assert (timed.encode(["one"]) == inner.encode(["one"])).all()
    assert (timed.name, timed.dimension) == (inner.name, inner.dimension)
    assert timed.seconds > 0


def test_time_by_step_is_a_mean_over_drafts() -> None:
    drafts = [
        Draft(request_id=str(ms), runs=(StepRun(step="read", analyst="catalogue", ms=ms),))
        for ms in (10.0, 30.0)
    ]
    assert steps_ms(drafts) == {"read": 20.0}


def test_the_table_is_markdown_with_the_aims() -> None:
    figures = Figures(
        drafts=2,
        seconds=0.5,
        median_ms=240.0,
        slowest_ms=300.0,
        embedding_share=0.6,
        steps_ms={"read": 200.0},
        resident=700_000_000,
        help_seconds=0.4,
    )
    table = as_markdown(figures)
    assert "| one catalogue draft after warm-up, one core | 240 ms | under 0.3 s |" in table
    assert "| memory at rest, model loaded | 700 MB | under 900 MB |" in table
    assert "| read | 200.0 ms | 80% |" in table
    assert "| graph, checkpoints, check | 50.0 ms | 20% |" in table


def test_memory_is_measured() -> None:
    assert 10_000_000 < resident_bytes() < 64_000_000_000
