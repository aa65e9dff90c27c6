"""What a setting means once it is read."""

from __future__ import annotations

from triage.settings import Settings


def test_what_carries_no_label_may_always_be_used() -> None:
    assert Settings(_env_file=None).labels == {""}
    assert Settings(allowed_labels="board, legal", _env_file=None).labels == {"", "board", "legal"}
    assert Settings(allowed_labels=" , board,", _env_file=None).labels == {"", "board"}
