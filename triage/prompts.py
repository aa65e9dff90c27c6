"""The prompts as files: `prompts/<name>.md`, strict variables, a hash that is stored with each result.

A step prompt has two halves, parted by one line `=====`. Above it stands what never changes from
request to request (providers cache it), below it the material of one request, customer text last.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from triage.content import content_dir
from triage.errors import SetupError

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_PARTING = "\n=====\n"


@dataclass(frozen=True)
class Prompt:
    """A template with `{{variables}}`; `hash` is that of the whole file, 12 hex digits."""

    name: str
    text: str
    hash: str

    @property
    def variables(self) -> frozenset[str]:
        """The names the template expects."""
        return frozenset(_VARIABLE.findall(self.text))

    def render(self, **values: str) -> str:
        """Fill the template in one pass: a value that looks like a variable stays as it is.

        Raises:
            SetupError: a variable without a value, or a value without a variable.
        """
        self._check(frozenset(values))
        return _VARIABLE.sub(lambda found: values[found[1]], self.text)

    def _check(self, given: frozenset[str]) -> None:
        missing = sorted(self.variables - given)
        unknown = sorted(given - self.variables)
        if missing:
            raise SetupError(
                f"The prompt {self.name} asks for {', '.join(missing)}, which this step does not supply.",
                f"Take the variable out of prompts/{self.name}.md.",
            )
        if unknown:
            raise SetupError(
                f"The prompt {self.name} has no place for {', '.join(unknown)}.",
                f"Put {{{{{unknown[0]}}}}} back into prompts/{self.name}.md.",
            )


@dataclass(frozen=True)
class StepPrompt:
    """The two halves of a step's prompt. `stable` becomes the system message, `material` the user's."""

    stable: Prompt
    material: Prompt

    @property
    def name(self) -> str:
        """The step, e.g. "find_gaps"."""
        return self.stable.name

    @property
    def hash(self) -> str:
        """Hash of the file both halves come from."""
        return self.stable.hash


@dataclass(frozen=True)
class Prompts:
    """All prompts of the model analyst."""

    read: StepPrompt
    find_gaps: StepPrompt
    estimate: StepPrompt
    propose: StepPrompt
    repair: Prompt


def load_prompts(folder: Path | None = None) -> Prompts:
    """Read every prompt; None: the shipped ones.

    Raises:
        SetupError: a file is missing or has not exactly two halves.
    """
    return Prompts(
        read=split(load("read", folder)),
        find_gaps=split(load("find_gaps", folder)),
        estimate=split(load("estimate", folder)),
        propose=split(load("propose", folder)),
        repair=load("repair", folder),
    )


def load(name: str, folder: Path | None = None) -> Prompt:
    """Read `prompts/<name>.md`.

    Raises:
        SetupError: there is no such file.
    """
    path = (folder or content_dir("prompts")) / f"{name}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(
            f"The prompt {name} cannot be read: {error.strerror}.", f"Restore prompts/{name}.md."
        ) from error
    return Prompt(name, text, hashlib.sha256(text.encode()).hexdigest()[:12])


def split(prompt: Prompt) -> StepPrompt:
    """Part a step's prompt at its `=====` line.

    Raises:
        SetupError: the line is missing or stands there twice.
    """
    halves = prompt.text.split(_PARTING)
    if len(halves) != 2:
        raise SetupError(
            f"The prompt {prompt.name} has {len(halves)} parts instead of two.",
            f"Keep exactly one line ===== in prompts/{prompt.name}.md, stable text above, material below.",
        )
    stable, material = (Prompt(prompt.name, half.strip(), prompt.hash) for half in halves)
    return StepPrompt(stable, material)
