"""The evaluator: what its embeddings depend on, and how it is kept on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given

from remogen_ros.errors import UserError
from remogen_ros.evaluation.evaluator import (
    MANIFEST,
    WEIGHTS,
    EvaluatorManifest,
    MotionEvaluator,
    corpus_version,
    load_evaluator,
    save_evaluator,
)
from remogen_ros.evaluation.evaluator_networks import LONGEST_FRAMES
from remogen_ros.evaluation.evaluator_retrieval import Retrieval
from remogen_ros.motion.poses import Motion, concatenate
from test.evaluation.evaluator_corpora import single_corpus, tiny_networks
from test.motion.strategies import random_motion, random_turn, seeds

FOUND = Retrieval((0.5, 0.6, 0.7), (0.8, 0.9, 1.0))


def evaluator(pairs: bool = False) -> MotionEvaluator:
    networks = tiny_networks(pairs)
    manifest = EvaluatorManifest(
        corpus="c@0",
        config=networks.config,
        sha256="",
        retrieval=FOUND.plain,
        unambiguous=FOUND.unambiguous,
    )
    return MotionEvaluator(networks, manifest)


def people(seed: int, frames: int = 21) -> Motion:
    return random_motion(seed, frames, (3,)).to(torch.float32)


@given(seeds)
def test_where_a_clip_stands_and_faces_does_not_matter(seed: int) -> None:
    ego, partner = people(seed), people(seed + 1)
    rotation, translation = (part.float() for part in random_turn(seed))
    there, theirs = ego.moved(rotation, translation), partner.moved(rotation, translation)
    single, pair = evaluator(), evaluator(pairs=True)
    torch.testing.assert_close(
        single.embed_motion(there), single.embed_motion(ego), atol=2e-4, rtol=0
    )
    torch.testing.assert_close(
        pair.embed_motion(there, theirs.joints()),
        pair.embed_motion(ego, partner.joints()),
        atol=2e-4,
        rtol=0,
    )


@pytest.mark.parametrize("frames", [17, 18, 19, 20])
def test_padding_does_not_matter(frames: int) -> None:
    ego, partner = people(0, frames), people(1, frames).joints()
    pair = evaluator(pairs=True)
    padded = concatenate([ego, people(2, 7)])
    padded_partner = torch.cat((partner, people(3, 7).joints()), dim=1)
    lengths = torch.full((3,), frames)
    torch.testing.assert_close(
        pair.embed_motion(padded, padded_partner, lengths), pair.embed_motion(ego, partner)
    )


def test_the_partner_matters_to_an_evaluator_of_pairs() -> None:
    ego, partner = people(0), people(1).joints()
    pair = evaluator(pairs=True)
    elsewhere = partner + torch.tensor([1.0, 0.0, 0.0])
    change = pair.embed_motion(ego, partner) - pair.embed_motion(ego, elsewhere)
    assert float(change.norm(dim=-1).min()) > 1e-3


def test_a_pair_needs_a_partner_and_a_single_person_has_none() -> None:
    with pytest.raises(ValueError, match="needs a partner"):
        evaluator(pairs=True).embed_motion(people(0))
    with pytest.raises(ValueError, match="single people"):
        evaluator().embed_motion(people(0), people(1).joints())


def test_embeddings_are_unit_vectors_even_of_one_frame_and_of_a_minute() -> None:
    single = evaluator()
    for frames in (1, 2, 600):
        embedding = single.embed_motion(people(0, frames))
        assert embedding.shape == (3, 256)
        torch.testing.assert_close(embedding.norm(dim=-1), torch.ones(3))
    sentences = single.embed_text(torch.randn(5, 384))
    torch.testing.assert_close(sentences.norm(dim=-1), torch.ones(5))


def test_only_the_first_twelve_seconds_are_looked_at() -> None:
    long = people(0, LONGEST_FRAMES + 30)
    single = evaluator()
    torch.testing.assert_close(
        single.embed_motion(long), single.embed_motion(long.frames(0, LONGEST_FRAMES))
    )


def test_a_saved_evaluator_embeds_as_before(tmp_path: Path) -> None:
    networks = tiny_networks(pairs=True)
    save_evaluator(networks, tmp_path / "e", "duet@12", FOUND)
    loaded = load_evaluator(tmp_path / "e", "duet")
    assert loaded.corpus == "duet@12" and loaded.kind == "duet" and len(loaded.sha256) == 64
    assert loaded.manifest.retrieval == FOUND.plain
    assert loaded.manifest.unambiguous == FOUND.unambiguous
    ego, partner = people(0), people(1).joints()
    assert torch.equal(
        loaded.embed_motion(ego, partner), networks.embed_joints(ego.joints(), partner)
    )


def test_a_missing_evaluator_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"no evaluator: it has no {MANIFEST}"):
        load_evaluator(tmp_path)
    save_evaluator(tiny_networks(pairs=False), tmp_path, "single@12", FOUND)
    (tmp_path / WEIGHTS).unlink()
    with pytest.raises(UserError, match=f"{WEIGHTS} is missing"):
        load_evaluator(tmp_path)


def test_a_damaged_evaluator_is_refused(tmp_path: Path) -> None:
    save_evaluator(tiny_networks(pairs=False), tmp_path, "single@12", FOUND)
    weights = tmp_path / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-8])
    with pytest.raises(UserError, match="truncated or was changed"):
        load_evaluator(tmp_path)
    (tmp_path / MANIFEST).write_text("format: 1\n")
    with pytest.raises(UserError, match=f"{MANIFEST} is damaged"):
        load_evaluator(tmp_path)


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    save_evaluator(tiny_networks(pairs=False), tmp_path, "single@12", FOUND)
    manifest = tmp_path / MANIFEST
    manifest.write_text(manifest.read_text().replace("width: 16", "width: 32"))
    with pytest.raises(UserError, match=f"does not fit {MANIFEST}"):
        load_evaluator(tmp_path)


def test_an_evaluator_of_the_other_kind_of_corpus_is_refused(tmp_path: Path) -> None:
    save_evaluator(tiny_networks(pairs=False), tmp_path, "single@12", FOUND)
    assert load_evaluator(tmp_path, "single").kind == "single"
    with pytest.raises(UserError, match=r"single@12.*needs one of kind 'duet'"):
        load_evaluator(tmp_path, "duet")


def test_the_version_of_a_corpus_changes_with_its_index(tmp_path: Path) -> None:
    single_corpus(tmp_path / "c")
    before = corpus_version(tmp_path / "c")
    assert before.startswith("c@") and len(before) == 2 + 12
    index = tmp_path / "c" / "index.json"
    index.write_text(index.read_text() + " ")
    assert corpus_version(tmp_path / "c") != before
