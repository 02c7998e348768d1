from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, CLIPModel

from remogen_ros.errors import UserError
from remogen_ros.networks.text import Clip, text_encoder, text_width
from test.networks.tiny_clip import save_tiny_clip


def test_near_sentences_are_near_and_long_ones_are_cut() -> None:
    wave, greet, kick, long = text_encoder("minilm").encode(
        ["a person waves", "someone is waving", "a person kicks hard", "x " * 10_000]
    )
    assert wave.shape == (384,)
    torch.testing.assert_close(wave.norm(), torch.tensor(1.0))
    assert wave @ greet > wave @ kick
    assert torch.isfinite(long).all()


def test_an_unknown_encoder_is_named() -> None:
    with pytest.raises(UserError, match="'clap': choose one of minilm, clip"):
        text_encoder("clap")


def test_clip_gives_its_own_projected_sentences(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    save_tiny_clip(tmp_path)
    sentences = ["a person waves", "someone bows", ""]
    whole, words = CLIPModel.from_pretrained(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    capfd.readouterr()
    embedded = Clip(tmp_path).encode(sentences)
    assert embedded.shape == (3, text_width("clip"))
    assert capfd.readouterr() == ("", ""), "a node's output is no place for bars and tables"
    for sentence, found in zip(sentences, embedded, strict=True):
        alone = whole.get_text_features(**words([sentence], return_tensors="pt"))
        alone = getattr(alone, "pooler_output", alone)[0]
        torch.testing.assert_close(found, alone / alone.norm())


def test_clip_ignores_what_it_has_no_room_for(tmp_path: Path) -> None:
    save_tiny_clip(tmp_path)
    long, longer = Clip(tmp_path).encode(["a " * 100, "a " * 10_000])
    torch.testing.assert_close(long, longer)


def test_who_has_no_clip_is_told_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"'clip' .* are not on this machine: run 'hf download"):
        Clip(tmp_path)
