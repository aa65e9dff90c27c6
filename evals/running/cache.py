"""Steps that a model was asked before are not asked again while nothing they rest on has changed.

They lie in a folder that runs share: after a change to one prompt only that step, and what follows from it,
is asked again. The key of an entry is a digest over all it rests on: the input, the code of the service,
catalogue, learned weights, encoder, model and prompt. So there is nothing to clear after a change, and a
step in which the model failed is never kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from evals.running.solving import current_round
from evals.running.spending import Meter
from triage.domain import (
    Answer,
    Evidence,
    Gaps,
    Reading,
    Request,
    RoughSize,
    SizeOpinion,
    StepRun,
)
from triage.errors import BadInput
from triage.ports import Analyst, Result

T = TypeVar("T")
_RUN = TypeAdapter(StepRun)


def digest_of(*parts: Any) -> str:
    """SHA-256 over plain data and frozen values, in this order."""
    text = json.dumps([plain(part) for part in parts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digest_of_code() -> str:
    """SHA-256 over the source and the learned weights of the service."""
    import triage
    from triage.content import content_dir

    root = Path(triage.__file__).parent
    files = [*sorted(root.rglob("*.py")), *sorted((content_dir("knowledge") / "weights").glob("*.json"))]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class StepCache:
    """Results of steps by key, one file each, in a folder that several runs may share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise BadInput(
                f"{folder} cannot be written: {error.strerror}.", "Name another --cache."
            ) from error

    def get(self, key: str, value: TypeAdapter[T]) -> Result[T] | None:
        """The result that was kept; None when there is none that can be read."""
        try:
            found = json.loads(self._path(key).read_text(encoding="utf-8"))
            return Result(value.validate_python(found["value"]), _RUN.validate_python(found["run"]))
        except (OSError, ValueError, KeyError, TypeError, ValidationError):
            return None

    def put(self, key: str, result: Result[Any]) -> None:
        """Keep it."""
        content = {"value": plain(result.value), "run": plain(result.run)}
        path = self._path(key)
        path.parent.mkdir(exist_ok=True)
        replace_file(path, json.dumps(content, ensure_ascii=False))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


class CachedAnalyst:
    """Implements `ports.Analyst`: each step from the cache, or from `analyst`, whose bill the meter counts.

    `rests_on(step)` is the digest of everything but the input of the step. No cache: every step is asked.
    """

    def __init__(
        self, analyst: Analyst, cache: StepCache | None, rests_on: Callable[[str], str], meter: Meter
    ) -> None:
        self._analyst = analyst
        self._cache = cache
        self._rests_on = rests_on
        self._meter = meter

    @property
    def name(self) -> str:
        """Of the analyst within."""
        return self._analyst.name

    def read(self, request: Request) -> Result[Reading]:
        """See `ports.Analyst`."""
        return self._step("read", Reading, lambda: self._analyst.read(request), request)

    def find_gaps(self, request: Request, reading: Reading, evidence: Evidence) -> Result[Gaps]:
        """See `ports.Analyst`."""

        def ask() -> Result[Gaps]:
            return self._analyst.find_gaps(request, reading, evidence)

        return self._step("find_gaps", Gaps, ask, request, reading, evidence)

    def estimate(self, request: Request, reading: Reading, evidence: Evidence) -> Result[SizeOpinion | None]:
        """See `ports.Analyst`."""

        def ask() -> Result[SizeOpinion | None]:
            return self._analyst.estimate(request, reading, evidence)

        return self._step("estimate", SizeOpinion | None, ask, request, reading, evidence)

    def propose(
        self,
        request: Request,
        reading: Reading,
        evidence: Evidence,
        gaps: Gaps,
        size: RoughSize,
        guidance: str,
    ) -> Result[Answer]:
        """See `ports.Analyst`."""

        def ask() -> Result[Answer]:
            return self._analyst.propose(request, reading, evidence, gaps, size, guidance)

        return self._step("propose", Answer, ask, request, reading, evidence, gaps, size, guidance)

    def _step(
        self, step: str, form: Any, ask: Callable[[], Result[T]], request: Request, *given: Any
    ) -> Result[T]:
        key = digest_of(self._rests_on(step), current_round(), timeless(request), *given)
        if self._cache and (found := self._cache.get(key, TypeAdapter(form))):
            return found
        result = ask()
        self._meter.add(result.run)
        if self._cache and not result.run.degraded:
            self._cache.put(key, result)
        return result


def timeless(request: Request) -> dict[str, Any]:
    """The request as part of a key: a case without a date is received now, which must not change it."""
    return request.model_dump(mode="json", exclude={"received"}) | {"received": f"{request.received:%Y-%m}"}


def plain(value: Any) -> Any:
    """Frozen values as JSON data, also inside lists and dicts."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def replace_file(path: Path, text: str) -> None:
    """Write it in one step, also beside another process that does the same."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
