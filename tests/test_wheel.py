"""The wheel carries everything, and works outside a checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")

CARRIED = {
    "prompts": "triage/content/prompts",
    "knowledge": "triage/content/knowledge",
    "api/templates": "api/templates",
    "api/static": "api/static",
    "triage/records/migrations": "triage/records/migrations",
}


@pytest.fixture(scope="module")
def unzipped(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds, built without any network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder / "installed")
    return folder / "installed"


@pytest.mark.parametrize("folder", CARRIED)
def test_every_file_travels(root: Path, unzipped: Path, folder: str) -> None:
    def files(where: Path) -> set[str]:
        return {
            path.relative_to(where).as_posix()
            for path in where.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    expected = files(root / folder)
    assert expected
    assert expected <= files(unzipped / CARRIED[folder])


def test_nothing_else_travels(unzipped: Path) -> None:
    top = {path.name for path in unzipped.iterdir() if not path.name.endswith(".dist-info")}
    assert top == {"triage", "api", "evals"}
    assert not list(unzipped.rglob("*.pyc"))
    assert not list(unzipped.rglob("*.db"))


def test_the_command_is_named(unzipped: Path) -> None:
    (entry,) = unzipped.glob("*.dist-info/entry_points.txt")
    assert "triage = triage.cli:main" in entry.read_text(encoding="utf-8")


@pytest.mark.model
def test_it_drafts_outside_a_checkout(unzipped: Path, tmp_path: Path) -> None:
    mail = unzipped / "triage/content/knowledge/sample/inbox/03-review-reports-before-invoices.eml"
    done = run(unzipped, tmp_path, "-m", "triage.cli", "draft", str(mail), "--json")
    assert done.returncode == 0, done.stderr
    draft = json.loads(done.stdout)
    assert "approval_step" in draft["kinds"]
    assert draft["questions"]


def test_it_migrates_and_serves_its_own_pages(unzipped: Path, tmp_path: Path) -> None:
    done = run(unzipped, tmp_path, "-m", "triage.cli", "user", "add", "ada@example.com")
    assert "/sign-in?token=" in done.stdout, done.stderr
    code = (
        "import api.templating, triage.content as content; "
        "print(api.templating.STATIC.is_dir(), content.__file__, content.content_dir('knowledge'))"
    )
    said = run(unzipped, tmp_path, "-c", code).stdout.split()
    assert said == ["True", str(unzipped / "triage/content.py"), str(unzipped / "triage/content/knowledge")]


def run(unzipped: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in an empty folder that finds our packages in the unzipped wheel only."""
    own = {"PYTHONPATH": str(unzipped), "TRIAGE_DATA_DIR": str(folder / "data")}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=clean | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
