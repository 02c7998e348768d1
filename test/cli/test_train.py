"""`./remogen train`: its phases on tiny corpora, and what it says of mistakes."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from remogen_ros.cli.train import main
from remogen_ros.data.corpus import OF_ITS_SOURCE
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.splits import Split
from remogen_ros.errors import UserError
from remogen_ros.networks.text import Clip
from remogen_ros.streaming.bundle import load_bundle
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Observation
from remogen_ros.training.checkpoints import checkpoint_path, load_checkpoint, save_checkpoint
from remogen_ros.training.config import CONFIGURATIONS
from remogen_ros.training.config_files import training_config
from test.cli.sentences import Sentences
from test.data.bodies import entry, strolling, waving
from test.networks.tiny_clip import save_tiny_clip

pytestmark = pytest.mark.usefixtures("made_up_sentences")


@pytest.fixture(scope="module")
def made_up_sentences() -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr("remogen_ros.cli.train_corpora.text_encoder", lambda name: Sentences())
    patch.setattr("remogen_ros.training.phases._STATISTICS_WINDOWS", 600)
    patch.setattr("remogen_ros.training.vae._LATENT_BATCHES", 2)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Arguments that name two tiny corpora, with clips to validate on."""
    folder = tmp_path_factory.mktemp("corpora")
    clips: list[tuple[Split, int]] = [("train", 50), ("train", 60), ("val", 50)]
    single = [
        entry(f"s{n}", motion(frames), split=split)
        for n, (split, frames) in enumerate(clips)
        for motion in ((strolling, waving)[n % 2],)
    ]
    pairs = [
        entry(f"d{n}", waving(frames), "wave", split, ("wave back",), strolling(frames))
        for n, (split, frames) in enumerate(clips)
    ]
    licence = {"licence": f"MIT; {OF_ITS_SOURCE}"}
    duet = [replace(pair, record=pair.record.model_copy(update=licence)) for pair in pairs]
    write_corpus(folder / "single", "single", single)
    write_corpus(folder / "duet", "duet", duet)
    return ["--single", str(folder / "single"), "--duet", str(folder / "duet")]


def options(out: Path, *rest: str) -> list[str]:
    tiny = ["--out", str(out), "--model", "tiny", "--config", "smoke"]
    return [*tiny, "--device", "cpu", "--no-samples", *rest]


@pytest.fixture(scope="module")
def trained(corpora: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    assert main(["all", *corpora, *options(out)]) == 0
    return out


def weights(out: Path) -> dict[str, Tensor]:
    return load_bundle(out / "bundle").networks.state_dict()


def test_phases_one_at_a_time_give_the_bundle_of_all(
    corpora: list[str], trained: Path, tmp_path: Path
) -> None:
    duet = corpora[2:]
    assert main(["prior", *corpora, *options(tmp_path)]) == 0
    for bundle in (weights(tmp_path),):
        assert not bundle["adapters.hhi.blocks.0.film.weight"].any(), "not trained yet"
    assert main(["adapter", "hhi", *duet, *options(tmp_path)]) == 0
    assert main(["refinement", *duet, *options(tmp_path)]) == 0
    assert main(["adapter", "hsi", *corpora, *options(tmp_path)]) == 0
    whole = weights(trained)
    for name, value in weights(tmp_path).items():
        assert torch.equal(value, whole[name]), name


def test_ablations_have_bundles_of_their_own(corpora: list[str], trained: Path) -> None:
    before = weights(trained)
    for flag, folder in (("--joint", "hhi-joint"), ("--from-scratch", "hhi-scratch")):
        assert main(["adapter", "hhi", flag, *corpora, *options(trained)]) == 0
        ablation = weights(trained / folder)
        name = "prior.denoiser.layers.0.attention.query.weight"
        assert not torch.equal(ablation[name], before[name])
    assert all(torch.equal(v, before[k]) for k, v in weights(trained).items())
    with pytest.raises(UserError, match="exclude each other"):
        both = ["--joint", "--regime", "scratch"]
        main(["adapter", "hhi", *both, *corpora, *options(trained)])


def test_a_model_learns_with_clip_and_is_told_with_it(
    corpora: list[str], trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_tiny_clip(tmp_path)
    clip = Clip(tmp_path)
    monkeypatch.setattr("remogen_ros.cli.train_corpora.text_encoder", {"clip": clip}.get)
    monkeypatch.setattr("remogen_ros.streaming.generator.text_encoder", {"clip": clip}.get)
    out = tmp_path / "run"
    assert main(["all", *corpora, *options(out, "--text-encoder", "clip")]) == 0
    bundle = load_bundle(out / "bundle")
    assert (bundle.manifest.text_encoder, bundle.manifest.config.denoiser.text) == ("clip", 512)
    frame = Generator.load(out / "bundle").step(Observation(intent="wave"))
    assert np.isfinite(frame.joint_positions).all()
    start = ["--start-from", str(out / "bundle")]
    again = ["adapter", "hhi", *corpora[2:], *options(tmp_path / "again"), *start]
    with pytest.raises(UserError, match="trained with the text encoder 'clip', not 'minilm'"):
        main([*again, "--text-encoder", "minilm"])
    with pytest.raises(UserError, match="was begun with another text encoder"):
        main(["adapter", "hhi", *corpora[2:], *options(trained, "--text-encoder", "clip")])
    with pytest.raises(UserError, match="unknown text encoder 'clap': choose one of minilm, clip"):
        main(["prior", *corpora, *options(tmp_path / "clap", "--text-encoder", "clap")])


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_training_goes_on_from_a_bundle(corpora: list[str], trained: Path, tmp_path: Path) -> None:
    start, duet = ["--start-from", str(trained / "bundle")], corpora[2:]
    assert main(["adapter", "hhi", *duet, *options(tmp_path), *start]) == 0
    adapted = weights(tmp_path)
    new = changed(weights(trained), adapted)
    assert new and all(name.startswith("adapters.hhi.") for name in new)
    assert load_bundle(tmp_path / "bundle").manifest.licence == "MIT; none"
    assert main(["refinement", *duet, *options(tmp_path), *start]) == 0
    new = changed(adapted, weights(tmp_path))
    assert new and all(name.startswith("refinement.") for name in new)

    afresh = ["adapter", "hhi", "--afresh", *duet, *options(tmp_path / "afresh"), *start]
    assert main(afresh) == 0
    name = "adapters.hhi.blocks.0.attention.query.weight"
    before, on, again = (w[name] for w in (weights(trained), adapted, weights(tmp_path / "afresh")))
    assert (again - before).norm() > 0.5 * before.norm() > 5 * (on - before).norm()

    refined = ["refinement", "--afresh", *duet, *options(tmp_path / "afresh"), *start]
    assert main(refined) == 0
    name = "refinement.blocks.0.attention.query.weight"
    before, again = weights(trained)[name], weights(tmp_path / "afresh")[name]
    assert (again - before).norm() > 0.5 * before.norm()

    prior = ["prior", *corpora, *options(tmp_path / "prior"), *start]
    assert main(prior) == 0
    new = changed(weights(trained), weights(tmp_path / "prior"))
    assert {name.split(".")[1] for name in new} == {"vae", "denoiser"}, "statistics are kept"


def test_a_run_remembers_the_licences_of_what_it_learned_from(
    corpora: list[str], trained: Path, tmp_path: Path
) -> None:
    """Also where nothing of it ended with a bundle."""
    shutil.copytree(trained, tmp_path / "run", ignore=shutil.ignore_patterns("bundle"))
    assert main(["refinement", *corpora[2:], *options(tmp_path / "run")]) == 0
    assert load_bundle(tmp_path / "run" / "bundle").manifest.licence == "MIT; none"


def test_a_run_keeps_to_the_bundle_it_began_with(
    corpora: list[str], trained: Path, tmp_path: Path
) -> None:
    start, duet = ["--start-from", str(trained / "bundle")], corpora[2:]
    assert main(["adapter", "hhi", *duet, *options(tmp_path), *start]) == 0
    with pytest.raises(UserError, match="begun from another bundle"):
        main(["refinement", *duet, *options(tmp_path)])
    with pytest.raises(UserError, match="begun with random weights"):
        main(["refinement", *duet, *options(trained), *start])
    with pytest.raises(UserError, match="not of the size 'small'"):
        main(["adapter", "hhi", *duet, *options(tmp_path), *start, "--model", "small"])
    with pytest.raises(UserError, match="is no model"):
        nothing = ["--start-from", str(tmp_path / "nothing")]
        main(["adapter", "hhi", *duet, *options(tmp_path), *nothing])


def test_what_is_still_in_training_is_left_out_of_the_bundle(
    corpora: list[str], trained: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    path = checkpoint_path(run, "hhi")
    save_checkpoint(replace(load_checkpoint(path), steps=99), path)
    assert main(["adapter", "hsi", *corpora, *options(run)]) == 0
    bundle = weights(run)
    assert not bundle["adapters.hhi.blocks.0.film.weight"].any()
    assert bundle["adapters.hsi.blocks.0.film.weight"].any()
    with pytest.raises(UserError, match=r"'hhi' in .* is at step 4 of 99: run .* to its end first"):
        main(["refinement", *corpora[2:], *options(run)])


def test_samples_are_drawn_while_training(corpora: list[str], trained: Path) -> None:
    out = trained / "with-samples"
    given = [option for option in options(out) if option != "--no-samples"]
    assert main(["prior", *corpora, *given]) == 0
    assert sorted(path.name for path in (out / "samples").iterdir()) == [
        "denoiser_2.png",
        "denoiser_4.png",
    ]


def test_mistakes_are_one_sentence(corpora: list[str], trained: Path, tmp_path: Path) -> None:
    duet = corpora[2:]
    with pytest.raises(UserError, match="unknown model size 'huge': choose one of"):
        main(["prior", *corpora, *options(tmp_path), "--model", "huge"])
    with pytest.raises(UserError, match="unknown training configuration 'fast': choose one of"):
        main(["prior", *corpora, *options(tmp_path), "--config", "fast"])
    with pytest.raises(UserError, match="unknown adapter 'hhs': choose one of hhi, hsi"):
        main(["adapter", "hhs", *duet, *options(trained)])
    with pytest.raises(UserError, match="nothing to train the adapter 'hsi' on"):
        main(["adapter", "hsi", *duet, *options(trained)])
    with pytest.raises(UserError, match="holds 'tiny' networks, not 'small' ones"):
        main(["adapter", "hhi", *duet, *options(trained), "--model", "small"])
    with pytest.raises(UserError, match="no trained prior"):
        main(["refinement", *duet, *options(tmp_path)])
    with pytest.raises(UserError, match="another configuration of 'vae'"):
        main(["prior", *corpora, *options(trained), "--micro-batch", "2"])


def test_a_corpus_of_another_version_is_refused(corpora: list[str], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in Path(corpora[1]).iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    index = (copy / "index.json").read_text("utf-8")
    (copy / "index.json").write_text(re.sub(r'"version":\s*1', '"version": 7', index))
    with pytest.raises(UserError, match="of version 7, not 1"):
        main(["prior", "--single", str(copy), *options(tmp_path)])


def test_help_names_every_phase(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("prior", "adapter", "refinement", "all", "evaluator"))


def test_a_configuration_file_changes_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("base: demo\ndenoiser: {steps: 20000}\nadapters: {hhi: {batch: 32}}\n")
    config, demo = training_config(str(path)), CONFIGURATIONS["demo"]
    assert config.denoiser == demo.denoiser.model_copy(update={"steps": 20000})
    assert config.adapters["hhi"].batch == 32
    assert config.adapters["hsi"] == demo.adapters["hsi"] and config.vae == demo.vae


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("denoiser: {steps: 3}", "must name the configuration that it changes"),
        ("base: demo\ndenoiser: {steps: many}", "denoiser.steps: Input should be a valid integer"),
        ("base: demo\nlearning: 3", "learning: Extra inputs are not permitted"),
        ("base: [", "cannot be read"),
    ],
)
def test_a_configuration_file_that_is_wrong_is_one_sentence(
    text: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=says):
        training_config(str(path))
    with pytest.raises(UserError, match="cannot be read"):
        training_config(str(tmp_path / "missing.yaml"))
