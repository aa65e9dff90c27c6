"""Which field of a CRM or help desk becomes which field of a request: a table, not code.

Each provider ships one as `fields.yaml` beside its module; the file that TRIAGE_FIELD_MAP names replaces
single entries of it:

    hubspot:
      need_by: [properties.customer_deadline, properties.closedate]
      deal_currency: "=USD"

An entry is a path, or several of which the first that has a value wins; `=…` is the value itself, and an
empty list switches a field off. A path that leads nowhere is no error: records differ.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from triage.catalogue.documents import Document, Location, Problem
from triage.errors import SetupError
from triage.intake.providers.fields import SHAPES
from triage.intake.text import clean_line

MAPPED = ("hubspot", "salesforce", "zendesk", "intercom", "front")
SOURCE_FIELDS = ("source_kind", "source_id", "source_url")
FIELDS = (*SHAPES, *SOURCE_FIELDS)
_BEGIN = "Give the path of a readable file that begins with a line such as “hubspot:”."
_BARE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+/\S+", re.IGNORECASE)
_DEEPEST = 10  # steps of a path
_LONGEST_JOIN = 50  # values of a list field that are read


@dataclass(frozen=True)
class Mapped:
    """What a payload holds for each field, as it stands there, and where it stood."""

    values: Mapping[str, object]
    places: Mapping[str, str]
    source_kind: str = ""
    source_id: str = ""
    source_url: str = ""


@dataclass(frozen=True)
class FieldMap:
    """The paths of one provider, by field name."""

    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def read(self, payload: Any) -> Mapped:
        """The first value of each field; nothing in a payload can make this raise."""
        found = {name: first for name, paths in self.paths.items() if (first := _first(payload, paths))}
        values = {name: value for name, (_, value) in found.items()}
        kind, key, url = (clean_line(str(values.pop(name, ""))) for name in SOURCE_FIELDS)
        places = {name: place for name, (place, _) in found.items()}
        return Mapped(values, places, kind, key, _link(url))

    def replaced(self, own: Mapping[str, tuple[str, ...]]) -> FieldMap:
        """This map with the entries of `own` in the place of its own."""
        return FieldMap({**self.paths, **own})


def load_field_map(provider: str, own: Path | None) -> FieldMap:
    """The shipped map of a provider with the entries of the file `own` laid over.

    Raises:
        SetupError: the file cannot be used; names file, line and remedy of the first trouble.
    """
    shipped = FieldMap(_entries(_Shipped(provider).value))
    return shipped.replaced(_entries(require_field_map(own).get(provider, {})))


def require_field_map(own: Path | None) -> Mapping[str, Any]:
    """The tables in a field map of one's own, by provider; none without one.

    Raises:
        SetupError: as `load_field_map`.
    """
    if own is None:
        return {}
    document = _open(own)
    problems = _problems(document)
    if problems:
        first, *more = problems
        others = f" And {len(more)} more." if more else ""
        raise SetupError(
            f"The field map cannot be used. {first.place}: {first.what}.{others}",
            f"{first.remedy} `triage doctor` lists everything.",
        )
    tables: Mapping[str, Any] = document.value
    return tables


def check_field_map(path: Path) -> list[Problem]:
    """Everything that is wrong with a field map of one's own."""
    return _problems(_open(path))


def value_at(payload: Any, path: str) -> object:
    """What stands at a dotted path such as "properties.amount" or "contacts.0.email"; None for nothing."""
    if isinstance(payload, dict) and path in payload:
        return payload[path]  # some senders flatten: {"Account.Name": …}
    value = payload
    for step in path.split(".", _DEEPEST):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < 4:
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


def _link(url: str) -> str:
    """A web address, also one without its https://; "" for anything else, which nobody may click on."""
    if url.startswith(("https://", "http://")):
        return url
    return f"https://{url}" if _BARE.fullmatch(url) else ""


def _first(payload: Any, paths: Sequence[str]) -> tuple[str, object] | None:
    """The first path with a value that says something, and the value."""
    for path in paths:
        value = _plain(path[1:] if path.startswith("=") else value_at(payload, path))
        if value not in (None, ""):
            return path, value
    return None


def _plain(value: object) -> object:
    """A text or a number; the values of a list behind each other; None for anything else."""
    if isinstance(value, list):
        parts = (_plain(part) for part in value[:_LONGEST_JOIN] if not isinstance(part, list))
        return ", ".join(str(part) for part in parts if part not in (None, ""))
    if isinstance(value, str):
        return value.strip()
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


# --- files ------------------------------------------------------------------------------------------


class _File(Protocol):
    """A file that was read, with its lines. `value` is None when it could not be."""

    path: Path
    value: Any
    problems: list[Problem]

    def line(self, location: Location) -> int:
        """The 1-based line of an entry."""


class _Toml:
    """A TOML file; the lines are found by looking for the names, which the parser does not keep."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.value: Any = None
        self.problems: list[Problem] = []
        self._lines: list[str] = []
        try:
            text = path.read_text(encoding="utf-8-sig")
            self._lines = text.split("\n")
            self.value = tomllib.loads(text)
        except OSError as error:
            self._fault(0, f"the file cannot be read: {error.strerror}", "Check the path and its rights.")
        except UnicodeDecodeError:
            self._fault(0, "not UTF-8 text", "Save it as UTF-8.")
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            at = re.search(r"line (\d+)", str(error))
            self._fault(int(at[1]) if at else 0, f"not valid TOML: {error}", "Correct the line.")

    def line(self, location: Location) -> int:
        """The line of the table, or of the entry below it."""
        found = 0
        names = [re.escape(str(step)) for step in location]
        for number, line in enumerate(self._lines, 1):
            if names and re.match(rf"\s*\[?\s*[\"']?{names[0]}[\"']?\s*[\].=]", line):
                found = number
                names.pop(0)
        return found

    def _fault(self, line: int, what: str, remedy: str) -> None:
        self.problems.append(Problem(self.path, line, what, remedy))


class _Shipped(Document):
    """The table that comes with a provider."""

    def __init__(self, provider: str) -> None:
        super().__init__(Path(__file__).parent / provider / "fields.yaml")


def _open(path: Path) -> _File:
    return _Toml(path) if path.suffix.lower() == ".toml" else Document(path)


def _entries(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: (paths,) if isinstance(paths, str) else tuple(paths) for name, paths in table.items()}


def _problems(document: _File) -> list[Problem]:
    if document.problems:
        return [replace(each, remedy=_BEGIN) if not each.line else each for each in document.problems]
    return list(_wrong(document))


def _wrong(document: _File) -> Iterator[Problem]:
    def problem(location: Location, what: str, remedy: str) -> Problem:
        return Problem(document.path, document.line(location), what, remedy)

    if not isinstance(document.value, dict):
        yield problem((), "this is no table of providers", _BEGIN)
        return
    for provider, table in document.value.items():
        if provider not in MAPPED:
            what = f"{provider} has no fields to map"
            yield problem((provider,), what, _meant(provider, MAPPED))
        elif not isinstance(table, dict):
            what = f"{provider}: this is no table of fields"
            yield problem((provider,), what, "Write lines such as “need_by: properties.closedate” below it.")
        else:
            for name, paths in table.items():
                if name not in FIELDS:
                    what = f"{provider}: {name} is no field of a request"
                    yield problem((provider, name), what, _meant(name, FIELDS))
                elif not _are_paths(paths):
                    what = f"{provider}: {name} needs a path or a list of paths"
                    remedy = "Write for example properties.amount; names of properties stand in the payload."
                    yield problem((provider, name), what, remedy)


def _are_paths(paths: object) -> bool:
    several = paths if isinstance(paths, list) else [paths]
    return all(isinstance(path, str) and path.strip("= .") for path in several)


def _meant(name: object, known: Sequence[str]) -> str:
    alike = difflib.get_close_matches(str(name), known, n=1)
    listed = f"There are {', '.join(known[:-1])} and {known[-1]}."
    return f"Did you mean {alike[0]}? {listed}" if alike else listed
