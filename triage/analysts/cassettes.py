"""Answers of a model on tape: recorded once, played back without network, key or cost.

A tape is a file of JSON lines, one answer each:

    key       SHA-256 over model, messages and parameters of the call
    take      1: the call's first answer on this recording, 2: its second, ...
    step      who asked, e.g. "find_gaps"
    model     LiteLLM name
    prompt    SHA-256 of the stable half of the prompt, so that a miss can say what has changed
    text      what the model said; `declined` true: it would not
    cut, tokens_in, tokens_out, cost    as in `Completion`

A later line replaces an earlier one of the same key and take, so that recording again repairs a tape. The
messages themselves are not on it; what a model said may well quote them. The random token that marks the
blocks of a call is left out of the hash: it is drawn anew each time.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from triage.analysts.client import TEMPERATURE, Client, Completion
from triage.analysts.conversation import Model
from triage.domain import Frozen
from triage.errors import BadFile, ModelRefused, NotOnTape, SetupError
from triage.settings import Settings

_BOUNDARY = re.compile(r"<\w+-([0-9a-f]{16})>")  # the first tag of a message is ours
_AGAIN = "Record it with TRIAGE_MODEL_CASSETTE_MODE=record."


def open_model(settings: Settings) -> Model:
    """The model in force: live, live and recorded, or from tape.

    Raises:
        SetupError: a tape is to be played that is not there, or cannot be used.
    """
    path = settings.model_cassette
    if path is None:
        return Client(settings)
    if settings.model_cassette_mode == "record":
        return Recorder(Client(settings), path)
    return Player(settings.model, path)


@dataclass(frozen=True)
class Call:
    """What a model is asked."""

    model: str
    system: str
    user: str
    name: str
    schema: dict[str, Any]

    @property
    def key(self) -> str:
        """The same for calls that differ in nothing but their boundary token."""
        found = _BOUNDARY.search(self.user)
        user = self.user.replace(found[1], "0" * 16) if found else self.user
        messages = [{"role": "system", "content": self.system}, {"role": "user", "content": user}]
        parameters = {"name": self.name, "schema": self.schema, "temperature": TEMPERATURE}
        return _sha256(
            json.dumps({"model": self.model, "messages": messages, "parameters": parameters}, sort_keys=True)
        )


class Take(Frozen):
    """One line of a tape."""

    key: str
    take: int
    step: str
    model: str
    prompt: str
    text: str = ""
    declined: bool = False
    cut: bool = False
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None


class Recorder:
    """Implements `Model`: asks a live one and writes down what it says. An outage is not written down."""

    def __init__(self, live: Model, path: Path) -> None:
        self._live = live
        self._path = path
        self._takes: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """The LiteLLM name of the model."""
        return self._live.model

    def complete(self, system: str, user: str, name: str, schema: dict[str, Any]) -> Completion:
        """One live call; see `Client.complete`. Raises SetupError when the tape cannot be written."""
        call = Call(self.model, system, user, name, schema)
        try:
            said = self._live.complete(system, user, name, schema)
        except ModelRefused:
            self._write(call, {"declined": True})
            raise
        self._write(call, vars(said))
        return said

    def _write(self, call: Call, said: dict[str, Any]) -> None:
        with self._lock:
            self._takes[call.key] += 1
            take = Take(
                key=call.key,
                take=self._takes[call.key],
                step=call.name,
                model=call.model,
                prompt=_sha256(call.system),
                **said,
            )
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as tape:
                    tape.write(take.model_dump_json() + "\n")
            except OSError as error:
                raise SetupError(
                    f"The tape {self._path} cannot be written: {error.strerror}.",
                    "Name another file in TRIAGE_MODEL_CASSETTE.",
                ) from error


class Player:
    """Implements `Model`: says what is on tape and nothing else. Knows no network."""

    def __init__(self, model: str, path: Path) -> None:
        self._model = model
        self._path = path
        self._tape = read_tape(path)
        self._played: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """The LiteLLM name of the model."""
        return self._model

    def complete(self, system: str, user: str, name: str, schema: dict[str, Any]) -> Completion:
        """The recorded answer.

        Raises:
            ModelRefused: as it was recorded.
            NotOnTape: this call was not recorded, or not as often; the message says what has changed.
        """
        call = Call(self._model, system, user, name, schema)
        with self._lock:
            self._played[call.key] += 1
            take = self._tape.get((call.key, self._played[call.key]))
        if take is None:
            raise NotOnTape(f"{self._path.name}: {self._missing(call)}.", _AGAIN)
        if take.declined:
            raise ModelRefused(
                f"The model {self._model} declined to answer.", "Draft by hand or use another model."
            )
        return Completion(take.text, take.cut, take.tokens_in, take.tokens_out, take.cost)

    def _missing(self, call: Call) -> str:
        takes = list(self._tape.values())
        models = sorted({take.model for take in takes})
        if call.model not in models:
            return f"it holds answers of {', '.join(models) or 'no model'}, not of {call.model}"
        if any(take.key == call.key for take in takes):
            return f"a call of the step {call.name} was recorded less often than it is made now"
        prompts = {take.prompt for take in takes if take.step == call.name}
        if not prompts:
            return f"no call of the step {call.name} is on it"
        if _sha256(call.system) not in prompts:
            return f"the prompt of the step {call.name} or what goes into it has changed since the recording"
        return f"a call of the step {call.name} is not on it: the request, or what is known about it, is new"


def read_tape(path: Path) -> dict[tuple[str, int], Take]:
    """The takes of a tape by key and number.

    Raises:
        SetupError: there is no such file.
        BadFile: a line that is no take, with its number.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"The tape {path} cannot be read.", f"Check the path. {_AGAIN}") from error
    takes: dict[tuple[str, int], Take] = {}
    for line, source in enumerate(text.split("\n"), start=1):
        if source.strip():
            try:
                take = Take.model_validate_json(source)
            except ValidationError as error:
                raise BadFile(f"{path.name}, line {line}: it is no take of a tape.", _AGAIN, line) from error
            takes[take.key, take.take] = take
    return takes


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
