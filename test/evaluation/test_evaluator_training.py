"""Training of the evaluator: its clips, its loss, what it learns, and going on."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from remogen_ros.cli import train_evaluator as train_evaluator_command
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.errors import UserError
from remogen_ros.evaluation.evaluator import load_evaluator
from remogen_ros.evaluation.evaluator_clips import CaptionedClips
from remogen_ros.evaluation.evaluator_loss import (
    contrastive_loss,
    counterfeit_egos,
    counterfeit_loss,
)
from remogen_ros.evaluation.evaluator_retrieval import embedded_clips, retrieval
from remogen_ros.evaluation.evaluator_training import (
    CHECKPOINT,
    LOG,
    EvaluatorTraining,
    train_evaluator,
)
from remogen_ros.motion.skeleton import JOINT_INDEX
from test.data.bodies import entry, strolling
from test.evaluation.evaluator_corpora import (
    duet_corpus,
    made_up_sentences,
    single_corpus,
    tiny_networks,
)

LEFT, RIGHT = JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_mirrored_clips_have_mirrored_captions(tmp_path: Path) -> None:
    corpus = single_corpus(tmp_path / "c")
    clips = CaptionedClips(corpus, "train").draw(200, seeded())
    for ego, caption in zip(clips.ego, clips.captions, strict=True):
        left, right = float(ego[:, LEFT, 2].max()), float(ego[:, RIGHT, 2].max())
        words = corpus.texts[caption]
        assert ("wave the left" in words) == (left > 1.2 and right < 1.2)
        assert ("wave the right" in words) == (right > 1.2 and left < 1.2)


def test_a_caption_is_true_of_all_clips_that_have_it(tmp_path: Path) -> None:
    corpus = single_corpus(tmp_path / "c")
    clips = CaptionedClips(corpus, "train").draw(100, seeded())
    assert clips.true.diagonal().all()
    said = [corpus.texts[i].removeprefix("someone does so: ") for i in clips.captions]
    for row in range(100):
        assert clips.true[row].tolist() == [words == said[row] for words in said]


def test_crops_of_pairs_keep_what_the_ego_does(tmp_path: Path) -> None:
    corpus = duet_corpus(tmp_path / "d")
    clips = CaptionedClips(corpus, "train").draw(200, seeded(), mirrored_share=0.0)
    assert int(clips.lengths.min()) >= 20 and len(clips.lengths.unique()) > 5
    for ego, length, caption, moves in zip(
        clips.ego, clips.lengths, clips.captions, clips.moves, strict=True
    ):
        words = corpus.texts[caption]
        assert bool(moves) == (words in ("wave back", "go along"))
        if words == "wave back":
            assert float(ego[:length, RIGHT, 2].max()) > 1.6


def test_captions_that_fit_everything_are_left_out(tmp_path: Path) -> None:
    corpus = duet_corpus(tmp_path / "d")
    clips = CaptionedClips(corpus, "train").draw(200, seeded())
    assert "react to the other person" not in {corpus.texts[i] for i in clips.captions}


def test_a_split_without_captions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No clip of the test split has a caption"):
        CaptionedClips(single_corpus(tmp_path / "c"), "test")


def test_the_loss_by_hand() -> None:
    """Texts and motions along the axes, at a scale of 2: cosines of 1 and 0, logits of 2 and 0."""
    axes, scale, own = torch.eye(3), torch.tensor(2.0), torch.eye(3).bool()
    e = math.exp(2)
    apart = contrastive_loss(axes, axes, own, scale)
    assert float(apart) == pytest.approx(-math.log(e / (e + 2)))
    true = own.clone()
    true[0, 1] = true[1, 0] = True
    alike = contrastive_loss(axes, axes, true, scale)
    expected = -(2 * math.log(e / (e + 1)) + math.log(e / (e + 2))) / 3
    assert float(alike) == pytest.approx(expected), "what is true as well is no wrong answer"


def test_no_text_shall_fit_a_counterfeit_better_than_another() -> None:
    texts, scale = torch.eye(3), torch.tensor(2.0)
    nothing = torch.zeros(1, 3, dtype=torch.bool)
    alike = counterfeit_loss(texts, torch.full((1, 3), 3**-0.5), nothing, scale)
    assert float(alike) == pytest.approx(0.0, abs=1e-6)
    e = math.exp(2)
    given_away = counterfeit_loss(texts, texts[:1], nothing, scale)
    expected = -(math.log(e / (e + 2)) + 2 * math.log(1 / (e + 2))) / 3 - math.log(3)
    assert float(given_away) == pytest.approx(expected)
    true = torch.tensor([[True, False, False]])
    assert float(counterfeit_loss(texts, texts[:1], true, scale)) == pytest.approx(0.0, abs=1e-6)
    assert torch.isfinite(counterfeit_loss(texts, texts[:1], ~nothing, scale))


def test_counterfeits_start_where_the_ego_does(tmp_path: Path) -> None:
    clips = CaptionedClips(duet_corpus(tmp_path / "d"), "train").draw(64, seeded())
    egos, true = counterfeit_egos(clips, seeded(1))
    place = (egos - clips.ego)[:, 0, 0, :2]
    torch.testing.assert_close(place, torch.zeros_like(place), atol=1e-4, rtol=0)
    still = egos.diff(dim=1).abs().amax((1, 2, 3)) == 0
    assert 0.2 < float(still.float().mean()) < 0.9
    assert torch.equal(true[still], ~clips.moves.expand_as(true)[still])
    speeds = egos.diff(dim=1).norm(dim=-1).amax((1, 2)) * 10
    acting = true[speeds > 0.6]
    assert acting.any() and not acting[:, ~clips.moves].any()


def test_a_few_hundred_steps_teach_a_separable_corpus(tmp_path: Path) -> None:
    corpus = single_corpus(tmp_path / "c")
    sentences = made_up_sentences(corpus)
    training = EvaluatorTraining(steps=100, batch=24, warmup=10, check_every=50)
    found = train_evaluator(corpus, "c@0", sentences, training, tmp_path / "e")
    assert found[0] > 0.7, "chance is below 0.2, as a pool has six captions or more"
    loaded = load_evaluator(tmp_path / "e", "single")
    assert loaded.manifest.unambiguous == found
    again = retrieval(loaded.networks, CaptionedClips(corpus, "val"), sentences)
    assert again.plain == pytest.approx(loaded.manifest.retrieval)
    assert again.plain[0] > 0.7


def test_an_ego_that_only_stands_is_told_from_one_that_answers(tmp_path: Path) -> None:
    corpus = duet_corpus(tmp_path / "d")
    sentences = made_up_sentences(corpus)
    training = EvaluatorTraining(steps=100, batch=16, warmup=10, check_every=100)
    assert train_evaluator(corpus, "d@0", sentences, training, tmp_path / "e")[0] > 0.7
    networks = load_evaluator(tmp_path / "e", "duet").networks
    clips = CaptionedClips(corpus, "val")
    batch = clips.whole(torch.arange(len(clips)))
    stands = batch.ego[:, :1].expand_as(batch.ego)
    texts = networks.embed_sentences(sentences[batch.captions])
    fits = (texts * networks.embed_joints(batch.ego, batch.partner, batch.lengths)).sum(-1)
    fakes = (texts * networks.embed_joints(stands, batch.partner, batch.lengths)).sum(-1)
    assert (fits > fakes + 0.2)[batch.moves].all()


def test_an_interrupted_training_goes_on_to_the_same_end(tmp_path: Path) -> None:
    corpus = single_corpus(tmp_path / "c")
    sentences = made_up_sentences(corpus)
    training = EvaluatorTraining(steps=6, batch=8, check_every=3)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train_evaluator(corpus, "c@0", sentences, training, whole)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EvaluatorTraining, "learning_rate_scale", _interrupted_at(4))
        with pytest.raises(KeyboardInterrupt):
            train_evaluator(corpus, "c@0", sentences, training, parts)
    train_evaluator(corpus, "c@0", sentences, training, parts)
    ends = [torch.load(path / CHECKPOINT, weights_only=True) for path in (whole, parts)]
    for name, tensor in ends[0]["networks"].items():
        assert torch.equal(tensor, ends[1]["networks"][name]), name
    rows = [json.loads(line) for line in (parts / LOG).read_text().splitlines()]
    assert [row["step"] for row in rows] == [3, 6]
    other = training.model_copy(update={"steps": 7})
    with pytest.raises(UserError, match="was trained otherwise"):
        train_evaluator(corpus, "c@0", sentences, other, parts)


def test_without_space_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    corpus = single_corpus(tmp_path / "c")
    monkeypatch.setattr("os.fsync", full)
    training = EvaluatorTraining(steps=2, batch=8, check_every=1)
    with pytest.raises(UserError, match=r"of step 1 cannot be written.*No space left"):
        train_evaluator(corpus, "c@0", made_up_sentences(corpus), training, tmp_path / "out")


def _interrupted_at(last: int) -> Callable[[EvaluatorTraining, int], float]:
    original = EvaluatorTraining.learning_rate_scale

    def scale(self: EvaluatorTraining, step: int) -> float:
        if step >= last:
            raise KeyboardInterrupt
        return original(self, step)

    return scale


def test_motions_that_are_all_the_same_find_nothing(tmp_path: Path) -> None:
    corpus = single_corpus(tmp_path / "c")
    clips, networks = CaptionedClips(corpus, "val"), tiny_networks(pairs=False)
    assert embedded_clips(networks, clips).shape == (6, 256)
    same = torch.ones(6, 256)
    assert retrieval(networks, clips, made_up_sentences(corpus), same).plain == (0.0, 0.0, 0.0)


def test_another_motion_of_which_a_caption_is_true_is_no_miss(tmp_path: Path) -> None:
    texts = ("walk", "go")
    entries = [entry(name, strolling(20), split="val", texts=texts) for name in "ab"]
    write_corpus(tmp_path / "c", "single", entries)
    corpus = open_corpus(tmp_path / "c")
    clips, sentences = CaptionedClips(corpus, "val"), made_up_sentences(corpus)
    found = retrieval(tiny_networks(pairs=False), clips, sentences, torch.ones(2, 256))
    assert found.plain[0] < 1.0
    assert found.unambiguous == (1.0, 1.0, 1.0)


def test_the_command_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no corpus in"):
        train_evaluator_command.main(["--corpus", str(tmp_path / "none"), "--out", "e"])


def test_the_command_writes_an_evaluator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train_evaluator_command, "text_encoder", lambda name: AnySentences())
    single_corpus(tmp_path / "c")
    places = ["--corpus", str(tmp_path / "c"), "--out", str(tmp_path / "e")]
    threads = str(torch.get_num_threads())
    assert (
        train_evaluator_command.main([*places, "--steps", "2", "--batch", "4", "-j", threads]) == 0
    )
    evaluator = load_evaluator(tmp_path / "e", "single")
    assert evaluator.corpus.startswith("c@")
    assert evaluator.sha256[:12] in capsys.readouterr().out


class AnySentences:
    """Random sentence embeddings, so that no encoder has to be loaded."""

    def encode(self, sentences: list[str]) -> torch.Tensor:
        return torch.randn(len(sentences), 384, generator=seeded())
