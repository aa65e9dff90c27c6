"""Writes .env.example from the settings, so that the two never drift; a test compares them."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from triage.settings import Settings  # noqa: E402


def render() -> str:
    """Every setting, commented out with its default, under its one line of meaning."""
    lines = ["# Copy to .env and uncomment what you change. Everything has a working default.", ""]
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        shown = "" if default is None else getattr(default, "get_secret_value", lambda d=default: d)()
        lines += [f"# {field.description}", f"#TRIAGE_{name.upper()}={shown}", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    (ROOT / ".env.example").write_text(render(), encoding="utf-8")
