from __future__ import annotations

import pytest
import torch

from remogen_ros.errors import UserError
from remogen_ros.networks.text import text_encoder


def test_near_sentences_are_near_and_long_ones_are_cut() -> None:
    wave, greet, kick, long = text_encoder("minilm").encode(
        ["a person waves", "someone is waving", "a person kicks hard", "x " * 10_000]
    )
    assert wave.shape == (384,)
    torch.testing.assert_close(wave.norm(), torch.tensor(1.0))
    assert wave @ greet > wave @ kick
    assert torch.isfinite(long).all()


def test_an_unknown_encoder_is_named() -> None:
    with pytest.raises(UserError, match="'clap'"):
        text_encoder("clap")
