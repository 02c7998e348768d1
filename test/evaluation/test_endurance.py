"""What the code of a tiny model loses, and its streaming for longer than a clip."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch

from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.evaluation import endurance as module
from remogen_ros.evaluation.endurance import endurance, pelvis_range, reconstruction
from remogen_ros.evaluation.takes import Takes
from remogen_ros.motion.skeleton import ADULT
from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.engine import Engine
from test.data.bodies import entry, walking
from test.evaluation.evaluator_corpora import made_up_sentences
from test.evaluation.streaming_corpora import people
from test.streaming.tiny_models import opened


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Networks:
    return opened(tmp_path_factory.mktemp("models") / "opened")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return people(tmp_path_factory.mktemp("corpora") / "c")


def test_from_one_clip_to_the_next_nobody_has_moved(tmp_path: Path) -> None:
    far = walking(30).moved(torch.eye(3), torch.tensor([50.0, 0.0, 0.1]))
    write_corpus(tmp_path / "c", "single", [entry("a", walking(30)), entry("b", far)])
    usual = pelvis_range(open_corpus(tmp_path / "c"))
    assert usual.fastest == pytest.approx(1.0, abs=1e-4)
    assert usual.lowest == pytest.approx(ADULT.pelvis_height, abs=1e-4)
    assert usual.highest == pytest.approx(ADULT.pelvis_height + 0.1, abs=1e-4)


def test_what_the_code_loses_beside_what_there_was(networks: Networks, corpus: Corpus) -> None:
    given, true = reconstruction(networks, corpus)
    assert given.keys() == {"joint error, cm", *true} and "joint error, cm" not in true
    assert given["joint error, cm"] > 1.0, "it is untrained"
    assert 0 < true["foot skate, m/s"] < 1.1 and true["jerk, m/s^3"] > 0
    assert reconstruction(networks, corpus) == (given, true)


def test_a_code_that_loses_nothing(
    networks: Networks, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    vae = networks.prior.vae
    monkeypatch.setattr(vae, "encode", lambda history, future: (future, future))
    monkeypatch.setattr(vae, "decode", lambda latent, history: latent)
    given, true = reconstruction(networks, corpus)
    assert given["joint error, cm"] == pytest.approx(0, abs=1e-2)
    assert given["foot skate, m/s"] == pytest.approx(true["foot skate, m/s"], abs=1e-3)


def test_streaming_on_is_measured_and_can_be_repeated(
    networks: Networks, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    usual_step = Engine.step

    def step(engine: Engine, stream, senses, words, weights):
        told.append(words.text)
        return usual_step(engine, stream, senses, words, weights)

    monkeypatch.setattr(Engine, "step", step)
    monkeypatch.setattr(module, "_NEWS_AFTER", 10)
    takes, sentences, usual = Takes(corpus), made_up_sentences(corpus), pelvis_range(corpus)

    def measured(replication: int) -> dict[str, float]:
        return endurance(networks, takes, sentences, usual, replication, frames=30)

    first = measured(0)
    assert len(told) == 30 and told[0].shape == (8, 384)
    changes = [not torch.equal(a, b) for a, b in pairwise(told)]
    assert {place + 1 for place, change in enumerate(changes) if change} <= {10, 20}
    assert any(changes)
    assert measured(0) == first and measured(1) != first
    assert 0 <= first["frames out of the corpus' range, %"] <= 100
    assert first["lowest pelvis, m"] <= first["highest pelvis, m"]
    assert {"skating ratio", "foot skate, m/s", "jerk, m/s^3", "fastest pelvis, m/s"} <= set(first)
