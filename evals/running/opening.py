"""Puts together what a run of cases is measured with: the live graph, what it may look up, caches, scorer."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evals.cases import CaseFile
from evals.inputs.stream import by_then
from evals.options import Options
from evals.running.cache import CachedAnalyst, StepCache, digest_of, digest_of_code
from evals.running.held_out import HeldOutDrafter, learn_without
from evals.running.kept import KeepingDrafter, KeptDrafts
from evals.running.solving import Drafter
from evals.running.spending import Meter
from evals.scoring.scored import Material, Scorer
from evals.suites import Suite
from triage.catalogue import Catalogue
from triage.domain import PastRequest
from triage.oneoff import Knowledge, OneOff
from triage.ports import Analyst
from triage.settings import Settings

if TYPE_CHECKING:
    from evals.learning.learner import Learned

KEPT = "kept.jsonl"


@dataclass(frozen=True)
class Bench:
    """What is measured and what measures it; the names go into the results."""

    drafter: Drafter
    scorer: Scorer
    analyst: str
    model: str = ""
    catalogue: str = ""
    encoder: str = ""
    product_map: str = ""
    meter: Meter = field(default_factory=Meter)
    kept: KeptDrafts | None = None
    history: tuple[PastRequest, ...] = ()  # handed out in time, as the stream goes on
    later: int = 0  # past requests that every case sees, though they came in after the first of them

    @property
    def reused(self) -> int:
        """Drafts that an earlier run in the same folder has made."""
        return self.drafter.reused if isinstance(self.drafter, KeepingDrafter) else 0


def open_bench(suite: Suite, options: Options, settings: Settings, file: CaseFile) -> Bench:
    """Load everything. Raises BadInput and SetupError; nothing is written before it has succeeded."""
    from triage.bootstrap import open_encoder

    encoder = open_encoder(settings)
    known = _known(options, settings)
    history = _of_others(known.history, file)
    knowledge = replace(known, history=() if options.grows else history)
    meter = Meter(options.budget)
    code = digest_of_code()
    encoder.warm().join()  # or the first draft would be charged with it
    around = _around(options, settings, meter, [code, encoder.name])
    drafter = OneOff(settings, encoder, knowledge, grows=options.grows, around=around)
    learned: Mapping[str, Learned] = {}
    if options.held_out and options.cases:
        wanted = [case.id for case in file.cases]
        learned = learn_without(drafter.catalogue, encoder, options.cases, wanted, options.learn_from)
    rests_on = digest_of(
        [code, encoder.name, drafter.catalogue.digest, drafter.analyst.name, _asked(settings)],
        _content(knowledge),
        {case: one.by_name() for case, one in learned.items()},
    )
    material = Material(file.cases, encoder, options.stream, history)
    kept = KeptDrafts(options.out / KEPT)
    measured: Drafter = HeldOutDrafter(drafter, learned) if learned else drafter
    return Bench(
        drafter=KeepingDrafter(measured, kept, rests_on, meter),
        scorer=importlib.import_module(suite.module).open_scorer(material),
        analyst=drafter.analyst.name,
        model=settings.model if settings.uses_model else "",
        catalogue=drafter.catalogue.digest,
        encoder=encoder.name,
        product_map=knowledge.product_map.name if knowledge.product_map else "",
        meter=meter,
        kept=kept,
        history=history if options.grows else (),
        later=_later(knowledge.history, file),
    )


def _known(options: Options, settings: Settings) -> Knowledge:
    if options.live:
        from triage.drafting import live_knowledge

        return live_knowledge(settings)
    return Knowledge.named(options.knowledge, options.product_map, options.history)


def _of_others(history: Sequence[PastRequest], file: CaseFile) -> tuple[PastRequest, ...]:
    """The past requests that are not the cases themselves: nobody may look up the own end."""
    own = {case.id for case in file.cases}
    return tuple(past for past in history if past.id not in own)


def _later(history: Sequence[PastRequest], file: CaseFile) -> int:
    dated = [case.opened for case in file.cases if case.opened]
    return sum(not by_then(past.opened, min(dated)) for past in history) if dated else 0


def _around(
    options: Options, settings: Settings, meter: Meter, rests_on: list[str]
) -> Callable[[Analyst, Catalogue], Analyst]:
    """A model's steps are metered, and cached unless something else already answers for it."""

    def around(analyst: Analyst, catalogue: Catalogue) -> Analyst:
        if not settings.uses_model:
            return analyst
        plain = settings.model_cassette is None and not options.held_out
        cache = StepCache(_cache_folder(options, settings)) if plain else None
        hashes = _prompt_hashes()

        def key(step: str) -> str:
            return digest_of(
                rests_on, catalogue.digest, step, hashes[step], hashes["repair"], _asked(settings)[:2]
            )

        return CachedAnalyst(analyst, cache, key, meter)

    return around


def _cache_folder(options: Options, settings: Settings) -> Path:
    return options.cache or settings.data_dir / "eval-cache"


def _asked(settings: Settings) -> list[str]:
    """The model, its address and its prompts; empty without one."""
    if not settings.uses_model:
        return []
    return [settings.model, settings.model_api_base, *(_prompt_hashes().values())]


def _prompt_hashes() -> dict[str, str]:
    from triage.prompts import load_prompts

    prompts = load_prompts()
    steps = (prompts.read, prompts.find_gaps, prompts.estimate, prompts.propose, prompts.repair)
    return {prompt.name: prompt.hash for prompt in steps}


def _content(knowledge: Knowledge) -> list[object]:
    """What the drafts may look up, as part of a key."""
    product_map = knowledge.product_map.read_text(encoding="utf-8") if knowledge.product_map else ""
    return [list(knowledge.passages), product_map, list(knowledge.history)]
