"""One YAML file with the line of everything in it.

Whatever is wrong with a file as YAML becomes a `Problem`; nothing in a file can raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Location = tuple[int | str, ...]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a catalogue; `line` is 1-based, 0 when the whole file is meant."""

    path: Path
    line: int
    what: str  # names the entry
    remedy: str

    @property
    def place(self) -> str:
        """As editors and terminals link it."""
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class Document:
    """A file that was read. `value` is None when it is no YAML; then `problems` says why."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.value: Any = None
        self.problems: list[Problem] = []
        self._root: yaml.Node | None = None
        try:
            self._read()
        except OSError as error:
            self._fault(0, f"the file cannot be read: {error.strerror}", "Check the path and its rights.")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self._fault(line, f"not UTF-8 text: byte 0x{error.object[error.start]:02x}", "Save it as UTF-8.")
        except yaml.YAMLError as error:
            self._fault(_line_of(error), f"not valid YAML: {_said(error)}", "Correct the line.")
        except RecursionError:
            self._fault(0, "the file is nested too deeply", "Copy the file from the shipped catalogue.")

    def line(self, location: Location) -> int:
        """The 1-based line of a location; of its nearest parent when it is missing."""
        node, line = self._root, _line(self._root)
        for step in location:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def problem(self, location: Location, what: str, remedy: str) -> Problem:
        """A problem at a location, with the entry's name before it."""
        return Problem(self.path, self.line(location), ": ".join([*self._names(location), what]), remedy)

    def _read(self) -> None:
        loader = _Loader(self.path.read_bytes().decode("utf-8-sig"))
        try:
            self._root = loader.get_single_node()
            if self._root is None:
                self._fault(
                    0, "the file is empty", "Copy it from the shipped catalogue; an empty list is []."
                )
                return
            for key, line in _repeated_keys(self._root):
                self._fault(line, f"{key} stands twice in one entry", "Keep one of them.")
            self.value = loader.construct_document(self._root)
        finally:
            loader.dispose()

    def _names(self, location: Location) -> Iterator[str]:
        """The way to a location in words: an entry by its id, or by its number."""
        value = self.value
        for step, below in zip(location, (*location[1:], ""), strict=False):
            value = _get(value, step)
            if isinstance(step, int):
                yield str(_get(value, "id") or f"entry {step + 1}")
            elif not isinstance(below, int) or _get(_get(value, below), "id") is None:
                yield step

    def _fault(self, line: int, what: str, remedy: str) -> None:
        self.problems.append(Problem(self.path, line, what, remedy))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain values only. What a tag cannot make of a text is an error with its line; dates stay texts."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from error


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def _repeated_keys(root: yaml.Node) -> Iterator[tuple[str, int]]:
    """Keys that one mapping has twice (YAML keeps the last in silence), with the line of the second."""
    left, seen = [root], set[int]()
    while left:
        node = left.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from _repeated(node)
            left += [value for _, value in node.value]
        else:
            left += node.value


def _repeated(mapping: yaml.MappingNode) -> Iterator[tuple[str, int]]:
    seen: set[str] = set()
    for key, _ in mapping.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                yield key.value, _line(key)
            seen.add(key.value)


def _child(node: yaml.Node | None, step: int | str) -> tuple[int, yaml.Node] | None:
    """The line on which an entry begins (for a field that of its name), and its node."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return _line(node.value[step]), node.value[step]
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == step:
                return _line(key), value
    return None


def _get(value: Any, step: int | str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _line(node: yaml.Node | None) -> int:
    return node.start_mark.line + 1 if node else 0


def _line_of(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 0


def _said(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
