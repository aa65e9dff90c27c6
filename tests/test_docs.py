"""README and docs/ stay true: every command, path, setting and address they name exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from triage.cli import app
from triage.settings import Settings, secret_names

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/providers").glob("*.md")),
]
ROOTS = "api|docs|evals|knowledge|prompts|scripts|tests|triage"
OF_TESTS = {"TRIAGE_TEST_REQUIRE"}

_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)\)")
_COMMAND = re.compile(r"(?:[A-Z_]+=\S+ +)*triage (?P<words>[a-z-].*)")
_PATH = re.compile(rf"(?<![\w/.-])(?:{ROOTS})/[\w./*-]*")
_VARIABLE = re.compile(r"TRIAGE_[A-Z_]+")
_MODULE = re.compile(r"python -m ((?:tests|evals|triage)[\w.]*)")
_ADDRESS = re.compile(r"[\w.+-]+@([A-Za-z][\w-]*(?:\.[\w-]+)*)")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def blocks(page: Path) -> list[str]:
    """Lines of the fenced blocks, continued lines joined."""
    text = "\n".join(_FENCE.findall(page.read_text(encoding="utf-8")))
    return text.replace("\\\n", " ").split("\n")


def commands(texts: list[str]) -> list[list[str]]:
    """The words after `triage` of every text that is a command of ours."""
    found = (_COMMAND.fullmatch(text.strip()) for text in texts)
    return [shlex.split(match["words"]) for match in found if match]


def leaf(words: list[str]) -> tuple[Any, list[str]]:
    """The command that `words` name, and what is left for it. Any: typer brings its own click."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        assert words, f"`{command.name}` needs a subcommand"
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


def leaves(command: Any, path: str = "triage") -> list[str]:
    """Every command by its full name."""
    below = getattr(command, "commands", None)
    return [path] if below is None else [n for k, c in below.items() for n in leaves(c, f"{path} {k}")]


def envvars() -> set[str]:
    """Variables the command line reads beside the settings."""
    commands = (leaf(name.split()[1:])[0] for name in leaves(typer.main.get_command(app)))
    return {str(option.envvar) for command in commands for option in command.params if option.envvar}


def named(path: str) -> bool:
    """True when the path, perhaps a pattern, is in the checkout."""
    return any(ROOT.glob(path.rstrip("/."))) if "*" in path else (ROOT / path.rstrip(".")).exists()


@pages
def test_a_command_in_a_block_can_be_typed_as_it_stands(page: Path) -> None:
    for words in commands(blocks(page)):
        command, rest = leaf(words)
        command.make_context(command.name, rest)


@pages
def test_a_command_in_prose_exists_with_its_options(page: Path) -> None:
    for words in commands(_CODE.findall(prose(page))):
        if words[0].startswith("-"):
            continue
        command, rest = leaf(words)
        known = {name for option in command.params for name in option.opts} | {"--help"}
        assert {word for word in rest if word.startswith("--")} <= known, words


def test_the_readme_names_every_command() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    assert not [name for name in leaves(typer.main.get_command(app)) if f"`{name}" not in text]


@pages
def test_a_path_exists(page: Path) -> None:
    paths = {path for text in [*_CODE.findall(prose(page)), *blocks(page)] for path in _PATH.findall(text)}
    assert not sorted(path for path in paths if not named(path))


@pages
def test_a_link_leads_somewhere(page: Path) -> None:
    targets = [t for t in _LINK.findall(prose(page)) if not t.startswith(("http://", "https://"))]
    assert not [target for target in targets if not (page.parent / target).exists()]


@pages
def test_a_module_to_run_exists(page: Path) -> None:
    modules = _MODULE.findall(page.read_text(encoding="utf-8"))
    assert not [name for name in modules if not (ROOT / f"{name.replace('.', '/')}.py").is_file()]


@pages
def test_a_make_target_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    texts = [*_CODE.findall(prose(page)), *blocks(page)]
    targets = {m[1] for text in texts if (m := re.search(r"(?:^|\s)make ([a-z-]+)$", text.strip()))}
    assert not [target for target in targets if f"\n{target}:" not in makefile]


@pages
def test_a_variable_is_a_setting(page: Path) -> None:
    settings = {f"TRIAGE_{name.upper()}" for name in Settings.model_fields}
    files = {f"TRIAGE_{name.upper()}_FILE" for name in secret_names()}
    unknown = set(_VARIABLE.findall(page.read_text(encoding="utf-8"))) - settings - files
    unknown -= envvars() | OF_TESTS | {"TRIAGE_SMTP_"}  # the last: "the other TRIAGE_SMTP_… variables"
    assert not unknown


@pages
def test_nothing_of_a_real_machine_or_person_is_named(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"(?<![\w.])/(?:home|root|tmp|work|Users|opt|var)/\S*", text)
    domains = set(_ADDRESS.findall(text))
    assert not {d for d in domains if d != "example.com" and not d.endswith((".example", ".example.com"))}
