"""Where the shipped text lives: `prompts/` and `knowledge/` of the checkout, or their copy in the wheel."""

from __future__ import annotations

from pathlib import Path

from triage.errors import SetupError


def content_dir(name: str) -> Path:
    """The folder `name` ("prompts" or "knowledge") as shipped with this installation.

    Raises:
        SetupError: the installation is incomplete.
    """
    package = Path(__file__).parent
    for folder in (package / "content" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise SetupError(
        f"The folder {name}/ is missing from this installation.", "Install request-triage again."
    )
