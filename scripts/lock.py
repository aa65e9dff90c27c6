"""Writes requirements.lock and requirements-test.lock: every package pinned with the hashes of all its files.

Needs uv (`pip install uv`). torch and what only torch needs are left out: one version of it has a CPU
and a CUDA build with different files, so it is installed by its own pin before the locks.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGETS: dict[str, list[str]] = {"requirements.lock": [], "requirements-test.lock": ["--extra", "test"]}
OPTIONS = ["--python-version", "3.11", "--generate-hashes", "--universal", "--no-header", "--no-annotate"]
WITHOUT_TORCH = "torch ; python_version < '3'\n"


def main() -> None:
    """Compile both files from the same pyproject.toml."""
    for name, extra in TARGETS.items():
        command = ["uv", "pip", "compile", "--quiet", "pyproject.toml", *OPTIONS, *extra]
        command += ["--override", "-", "--output-file", name]
        subprocess.run(command, cwd=ROOT, check=True, input=WITHOUT_TORCH, text=True)


if __name__ == "__main__":
    main()
