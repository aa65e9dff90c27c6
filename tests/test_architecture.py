"""The arrows of the design, read from the source: who may import whom, and one vendor in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VENDORS = {
    "litellm": {"triage/analysts"},
    "chromadb": {"triage/retrieval"},
    "sentence_transformers": {"triage/retrieval"},
    "torch": {"triage/retrieval"},
    "dbos": {"triage/engine.py"},
    "sqlalchemy": {"triage/records", "triage/engine.py"},
    "alembic": {"triage/records"},
    "holidays": {"triage/clock"},
    "smtplib": {"triage/outbox"},
    "aiosmtpd": {"triage/intake/listener.py"},
    "imapclient": {"triage/intake/imap.py"},
    "pypdf": {"triage/attachments/pdf.py"},
    "cryptography": {"triage/intake/providers"},
    "python_multipart": {"triage/intake/providers/forms.py"},
    "fastapi": {"api", "evals/bench/bare.py"},
    "starlette": {"api"},
    "jinja2": {"api"},
    "uvicorn": {"triage/serving.py", "evals/bench/bare.py"},
    "typer": {
        "triage/cli.py",
        "triage/cli_eval.py",
        "triage/cli_intake.py",
        "triage/cli_labels.py",
        "triage/serving.py",
    },
}
HEAVY = {"litellm", "chromadb", "sentence_transformers", "torch", "dbos", "sklearn", "langgraph"}
EDGES = VENDORS["typer"]  # may reach api and evals, lazily


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Imported module names; imports under TYPE_CHECKING do not run and do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            stack.extend(node.orelse)
            continue
        if top_level_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        stack.extend(ast.iter_child_nodes(node))
    return found


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


ALL = [*sources("triage"), *sources("api"), *sources("evals")]


@pytest.mark.parametrize("path", sources("triage"), ids=relative)
def test_triage_does_not_know_its_edges(path: Path) -> None:
    edges = {name for name in imports(path) if name.split(".")[0] in {"api", "evals"}}
    if relative(path) in EDGES:
        edges = {
            name for name in imports(path, top_level_only=True) if name.split(".")[0] in {"api", "evals"}
        }
    assert not edges


@pytest.mark.parametrize("path", sources("api"), ids=relative)
def test_api_does_not_import_evals(path: Path) -> None:
    assert not {name for name in imports(path) if name.split(".")[0] == "evals"}


@pytest.mark.parametrize("path", sources("triage/steps"), ids=relative)
def test_steps_know_domain_and_ports_only(path: Path) -> None:
    allowed = {"domain", "ports", "catalogue", "sizing", "errors", "sentence"}
    own = {
        name for name in imports(path) if name.startswith("triage") and not name.startswith("triage.steps")
    }
    assert own <= {f"triage.{name}" for name in allowed}


@pytest.mark.parametrize("path", sources("triage/domain"), ids=relative)
def test_domain_imports_nothing_of_ours(path: Path) -> None:
    ours = {name for name in imports(path) if name.startswith("triage")}
    assert not {name for name in ours if not name.startswith("triage.domain")}


@pytest.mark.parametrize("path", ALL, ids=relative)
def test_a_vendor_is_imported_in_one_place(path: Path) -> None:
    for vendor, places in VENDORS.items():
        if any(name.split(".")[0] == vendor for name in imports(path)):
            assert any(
                relative(path) == place or relative(path).startswith(place + "/") for place in places
            ), vendor


@pytest.mark.parametrize("vendor", ["litellm", "chromadb", "sentence_transformers"])
def test_a_vendor_stands_in_exactly_one_file(vendor: str) -> None:
    users = [relative(path) for path in ALL if any(name.split(".")[0] == vendor for name in imports(path))]
    assert len(users) == 1


@pytest.mark.parametrize("path", ALL, ids=relative)
def test_nothing_heavy_is_imported_at_the_top(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path, top_level_only=True)} & HEAVY


@pytest.mark.parametrize("folder", ["triage", "api", "evals", "prompts", "knowledge"])
def test_the_product_does_not_need_the_shared_folder(folder: str) -> None:
    texts = [p for p in (ROOT / folder).rglob("*") if p.is_file() and p.suffix not in {".pyc", ".png"}]
    assert texts
    assert not [relative(p) for p in texts if "../shared" in p.read_text(encoding="utf-8", errors="replace")]
