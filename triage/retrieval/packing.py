"""Encode many short texts at once without padding.

A request is encoded as a dozen sentences of very different length. In a padded batch most of the work is
done on padding. Here the texts stand one behind the other in a single row, each with its own positions, and
a mask keeps every text to itself. The vectors are those of the usual way (cosine above 0.99999).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

ROW_TOKENS = 448  # attention grows with the square of a row, overhead with the number of rows


def is_packable(model: Any) -> bool:
    """True for a BERT with mean pooling, which is what the packaged model is."""
    modules = [type(module).__name__ for module in model]
    if modules not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return False
    plain = model[1].pooling_mode == "mean" and not model.prompts.get(model.default_prompt_name or "")
    return bool(plain and model[0].auto_model.config.model_type == "bert")


class PackedBert:
    """The encoder of a packable model."""

    def __init__(self, model: Any) -> None:
        self._bert = model[0].auto_model
        self._tokenizer = model.tokenizer
        self._longest = int(model.max_seq_length)  # tokens
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts), dimension), rows of length 1. `texts` must not be empty."""
        import torch

        with torch.inference_mode():
            rows = [self._encode_row(row) for row in _rows(self._tokens(texts))]
            vectors: np.ndarray = torch.cat(rows).numpy()
        return vectors

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        with self._lock:  # the tokenizer must not be used by two threads at once
            found = self._tokenizer(list(texts), truncation=True, max_length=self._longest, padding=False)
        return list(found["input_ids"])

    def _encode_row(self, row: list[list[int]]) -> Any:
        import torch

        lengths = torch.tensor([len(tokens) for tokens in row])
        owner = torch.repeat_interleave(torch.arange(len(row)), lengths)
        states = self._bert(
            input_ids=torch.tensor([token for tokens in row for token in tokens])[None],
            position_ids=torch.tensor([place for tokens in row for place in range(len(tokens))])[None],
            attention_mask=_own_text_only(owner),
        ).last_hidden_state[0]
        means = torch.zeros(len(row), states.shape[1]).index_add_(0, owner, states) / lengths[:, None]
        return torch.nn.functional.normalize(means, dim=1)


def _rows(texts: Sequence[list[int]]) -> Iterator[list[list[int]]]:
    row: list[list[int]] = []
    length = 0
    for tokens in texts:
        if row and length + len(tokens) > ROW_TOKENS:
            yield row
            row, length = [], 0
        row.append(tokens)
        length += len(tokens)
    yield row


def _own_text_only(owner: Any) -> Any:
    import torch

    same = owner[:, None] == owner[None, :]
    return torch.zeros(same.shape).masked_fill(~same, float("-inf"))[None, None]
