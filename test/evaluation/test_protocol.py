"""The protocol on tiny pairs: ground truth is perfect, and numbers are those of the clips alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from remogen_ros.data.corpus import Corpus
from remogen_ros.errors import UserError
from remogen_ros.evaluation import methods
from remogen_ros.evaluation import protocol as module
from remogen_ros.evaluation.evaluator import EvaluatorManifest, MotionEvaluator
from remogen_ros.evaluation.evaluator_retrieval import Retrieval
from remogen_ros.evaluation.methods import Method
from remogen_ros.evaluation.protocol import Cell, Protocol, Yardstick
from remogen_ros.evaluation.takes import Takes
from remogen_ros.networks.assembly import Networks
from test.evaluation.evaluator_corpora import made_up_sentences, tiny_networks
from test.evaluation.streaming_corpora import pairs, residents
from test.streaming.tiny_models import opened


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Networks:
    return opened(tmp_path_factory.mktemp("models") / "opened")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return pairs(tmp_path_factory.mktemp("corpora") / "c", 5)


def yardstick(corpus: Corpus) -> Yardstick:
    networks = tiny_networks(pairs=True)
    found = Retrieval((0.5, 0.6, 0.7), (0.8, 0.9, 1.0))
    manifest = EvaluatorManifest(
        corpus="c@0",
        config=networks.config,
        sha256="",
        retrieval=found.plain,
        unambiguous=found.unambiguous,
    )
    return Yardstick(MotionEvaluator(networks, manifest), made_up_sentences(corpus))


def protocol(corpus: Corpus, most: int | None = None, judged: bool = False) -> Protocol:
    judge = yardstick(corpus) if judged else None
    return Protocol(corpus, Takes(corpus, most=most), made_up_sentences(corpus), judge)


def nothing_shown(done: int) -> None:
    """For a progress bar that is not there."""


def test_ground_truth_is_without_error(corpus: Corpus) -> None:
    values = protocol(corpus).ground_truth(0).values
    errors = [name for name in values if "error" in name]
    assert {"root error at 1 s, m", "heading error, deg", "distance error, m"} <= set(errors)
    assert all(values[name] == pytest.approx(0, abs=1e-3) for name in errors)
    assert values["jerk, m/s^3"] > 0
    assert values["contact recall"] == values["contact precision"] == 1.0
    assert values["contact recall within 0.5 s"] == values["contact precision within 0.5 s"] == 1.0
    assert values["depth below floor, cm"] == pytest.approx(0, abs=1e-3)
    assert values["frames below floor, %"] == 0.0
    assert "root error at 8 s, m" not in values, "no clip lasts for 8 s"


def test_a_method_that_gives_the_truth_is_as_good_as_it(
    corpus: Corpus, networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "generated", lambda engine, take, *_: take.truth)
    tested = protocol(corpus, judged=True)
    truth = tested.ground_truth(3)
    cell = tested.measure(Method("true", networks), 3, nothing_shown)
    assert torch.equal(cell.embeddings, truth.embeddings)
    assert cell.values["FID"] == pytest.approx(0, abs=1e-6) and truth.values["FID"] > 0
    others = {
        name: value for name, value in truth.values.items() if name not in ("FID", "Diversity")
    }
    assert {name: cell.values[name] for name in others} == pytest.approx(others)
    # Five clips of one caption are no pool.
    assert "MM-Dist" in others and "R-Precision top 1" not in others


def test_who_stands_moves_nothing_and_is_measured_as_any_method(corpus: Corpus) -> None:
    tested = protocol(corpus, judged=True)
    cell, truth = tested.standing(0), tested.ground_truth(0)
    assert cell.values["jerk, m/s^3"] == cell.values["skating ratio"] == 0.0
    # The egos wave where they stand, so that only arms and spines are missed.
    assert cell.values["root error at 2 s, m"] == pytest.approx(0, abs=1e-3)
    assert cell.values["joint error, root aligned, cm"] > 1
    assert cell.values["FID"] > 1e-5
    # Who stands has no jumps that could be greater at boundaries than elsewhere.
    jumps = {f"{kind} jump at boundaries, times" for kind in ("velocity", "acceleration")}
    assert cell.values.keys() == truth.values.keys() - jumps
    again = tested.standing(1)
    assert torch.equal(again.embeddings, cell.embeddings)
    assert cell.embeddings.shape == truth.embeddings.shape


def measured(corpus: Corpus, networks: Networks, replication: int, told: bool = False) -> Cell:
    method = Method("hhi", networks, {"hhi": 1.0}, told=told)
    return protocol(corpus).measure(method, replication, nothing_shown)


def test_numbers_do_not_depend_on_who_is_in_a_batch(
    corpus: Corpus, networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = measured(corpus, networks, 1).values
    monkeypatch.setattr(methods, "BATCH", 2)
    apart = measured(corpus, networks, 1).values
    assert apart == pytest.approx(together, rel=1e-2, abs=1e-3)


def test_mixed_automatically_egos_do_not_depend_on_who_is_in_a_batch_either(
    corpus: Corpus, networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = Method("auto", networks, {"hhi": 1.0, "hsi": 1.0}, mix="auto")
    together = protocol(corpus).measure(auto, 1, nothing_shown).values
    monkeypatch.setattr(methods, "BATCH", 2)
    apart = protocol(corpus).measure(auto, 1, nothing_shown).values
    assert apart == pytest.approx(together, rel=1e-2, abs=1e-3)
    # Nothing is known of a room, and the partner is near: it is `hhi`.
    fixed = protocol(corpus).measure(replace(auto, mix="fixed"), 1, nothing_shown).values
    assert apart == pytest.approx(fixed, rel=1e-2, abs=1e-3)


def test_replications_differ_and_can_be_repeated(corpus: Corpus, networks: Networks) -> None:
    first = measured(corpus, networks, 0)
    assert measured(corpus, networks, 0).values == first.values
    assert measured(corpus, networks, 1).values != first.values
    assert measured(corpus, networks, 0, told=True).values != first.values


def test_progress_is_told_clip_by_clip(corpus: Corpus, networks: Networks) -> None:
    told: list[int] = []
    protocol(corpus, most=3).measure(Method("prior", networks), 0, told.append)
    assert sum(told) == 3


def test_rooms_are_measured_and_goals_where_the_clip_ends(
    tmp_path: Path, networks: Networks
) -> None:
    corpus = residents(tmp_path / "c")
    truth = protocol(corpus).ground_truth(0).values
    # One glides past its goal at x = 2 to x = 3.9, half a metre beside it; the other is cut.
    assert truth["goal error, m"] == pytest.approx((1.9**2 + 0.5**2) ** 0.5, abs=1e-3)
    assert {"depth in scene, cm", "deepest in scene, cm", "frames in scene, %"} <= set(truth)
    # Both glide along x at 0.1 m a frame; the only occupied cell of each room ends at x = 0.1 m.
    assert truth["frames outside the room, %"] == 100.0
    method = Method("hsi", networks, {"hsi": 1.0}, told=True)
    cell = protocol(corpus).measure(method, 0, nothing_shown)
    assert cell.values.keys() == truth.keys()


def test_too_few_clips_for_distributions(corpus: Corpus) -> None:
    with pytest.raises(UserError, match="3 clips say nothing of distributions"):
        protocol(corpus, most=3, judged=True)
