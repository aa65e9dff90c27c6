"""The table, times what it has been wrong by."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimating.past import history
from triage.estimating.table import TableVoice


def test_a_table_that_always_said_half_is_doubled() -> None:
    known = history(np.eye(2), [2, 8])
    voice = TableVoice(known, np.array([1.0, 4.0]), np.array([2.0, 8.0]))
    shares = voice.shares(np.array([3.0, 1.0]))  # means 6 and 2; between 2 and 8 the turn is at 4
    assert shares.tolist() == [[0, 1], [1, 0]]


def test_its_scatter_is_kept_and_the_late_count_more() -> None:
    known = history(np.eye(2), [1, 4])
    voice = TableVoice(known, np.array([2.0, 2.0]), np.array([1.0, 4.0]))  # half first, double then
    older = (50 / 51) / (1 + 50 / 51)
    assert voice.shares(np.array([2.0]))[0] == pytest.approx([older, 1 - older])
