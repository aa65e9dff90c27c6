"""A process of its own for a file that somebody outside made: killed when it takes too long, without our
environment, and with what `child.py` limits itself to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from triage.attachments.formats import Format
from triage.attachments.words import MAX_FILE_TEXT, FileWords

SECONDS = 20.0  # by the wall clock, on a busy machine too
TOO_MUCH = "Reading it took too long or too much memory: it was stopped."
_ROOT = str(Path(__file__).parents[2])
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from triage.attachments.child import main; main()"
_KEPT = ("SYSTEMROOT", "PATH", "LANG", "LC_ALL", "TZ")  # of our environment; no keys, no passwords
_LIBRARIES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def read_apart(kind: Format, data: bytes, seconds: float = SECONDS) -> FileWords:
    """The words of a file, found in a process of its own. Never raises for the file's sake."""
    command = [sys.executable, "-I", "-c", _START, _ROOT, kind.value]
    try:
        ran = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return FileWords(trouble=TOO_MUCH)
    return _answer(ran.stdout) if ran.returncode == 0 else FileWords(trouble=TOO_MUCH)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | dict.fromkeys(_LIBRARIES, "1")


def _answer(line: bytes) -> FileWords:
    try:
        said = json.loads(line)
        return FileWords(str(said["text"])[:MAX_FILE_TEXT], str(said["trouble"])[:500])
    except (ValueError, KeyError, TypeError):
        return FileWords(trouble=TOO_MUCH)
