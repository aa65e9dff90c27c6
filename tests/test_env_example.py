"""`.env.example` explains every setting there is."""

from __future__ import annotations

from pathlib import Path

from triage.settings import Settings


def test_every_setting_is_explained(root: Path) -> None:
    text = (root / ".env.example").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"#TRIAGE_{name.upper()}=" in text
        assert field.description
        assert f"# {field.description}" in text
