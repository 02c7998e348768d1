"""The phases: what each trains, what it leaves alone, what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from remogen_ros.errors import UserError
from remogen_ros.streaming.bundle import load_bundle, save_bundle
from remogen_ros.training.checkpoints import checkpoint_path, load_finished
from remogen_ros.training.config import Regime
from remogen_ros.training.freezing import ThawedError, check_frozen, frozen_digests
from remogen_ros.training.phases import Sources
from remogen_ros.training.run_folder import load_adapter, load_prior
from test.training.people import SMOKE, RandomPeople, sources, tiny, training


@pytest.fixture(scope="module")
def prior(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained prior; not to be written to."""
    folder = tmp_path_factory.mktemp("run")
    training(folder).prior()
    return folder


@pytest.fixture
def run(prior: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    for path in prior.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def changed(before: dict, after: dict) -> set[str]:
    return {name for name, value in before.items() if not torch.equal(value, after[name])}


def state(networks: torch.nn.Module) -> dict:
    return {name: value.clone() for name, value in networks.state_dict().items()}


def test_phases_one_at_a_time_give_what_all_at_once_give(run: Path, tmp_path: Path) -> None:
    whole, parts = tiny(), tiny()
    training(tmp_path / "whole", networks=whole).run()
    training(run, networks=parts).adapter("hhi")
    training(run, networks=parts).refinement()
    assert not changed(whole.state_dict(), parts.state_dict())


def test_an_adapter_leaves_the_prior_alone(run: Path) -> None:
    networks = tiny()
    load_prior(networks.prior, run)
    before = state(networks)
    assert training(run, networks=networks).adapter("hhi") == run
    moved = changed(before, networks.state_dict())
    assert moved and all(name.startswith("adapters.hhi") for name in moved)
    assert any("intent" in name for name in moved)


def test_whom_to_heed_is_learned_last_and_comes_back_with_the_adapter(run: Path) -> None:
    networks = tiny()
    training(run, networks=networks).adapter("hhi")
    last = state(networks)
    again = tiny()
    load_finished(again.adapters["hhi"], run, "hhi", "")
    before = changed(last, {**last, **again.adapters.state_dict(prefix="adapters.")})
    salience = "adapters.hhi.intent.salience"
    assert {f"{salience}.weight", f"{salience}.bias"} & before
    assert all(name.startswith((salience, "adapters.hsi")) for name in before)
    load_adapter(again, run, "hhi")
    now = changed(last, {**last, **again.adapters["hhi"].state_dict(prefix="adapters.hhi.")})
    assert not now


def test_an_untrained_adapter_hears_like_its_intent_and_a_trained_one_as_it_did(run: Path) -> None:
    """At a learning rate of nothing, its encoder stays as it begins."""
    stage = SMOKE.adapters["hhi"].model_copy(update={"learning_rate": 1e-12})
    config = SMOKE.model_copy(update={"adapters": {"hhi": stage}})
    for trained in (False, True):
        networks = tiny()
        adapter = networks.adapters["hhi"]
        assert adapter.others is not None and adapter.intent is not None and adapter.untrained
        with torch.no_grad():
            adapter.blocks[0].film.weight.fill_(float(trained))
        before = adapter.others.embed.weight.clone()
        for path in run.glob("hhi*"):
            path.unlink()
        training(run, config, networks=networks).adapter("hhi")
        expected = before if trained else adapter.intent.others.embed.weight
        torch.testing.assert_close(adapter.others.embed.weight, expected, atol=1e-6, rtol=0.0)


def test_joint_training_moves_the_denoiser_too_into_a_bundle_of_its_own(run: Path) -> None:
    networks = tiny()
    load_prior(networks.prior, run)
    before = state(networks)
    folder = training(run, networks=networks).adapter("hhi", Regime.JOINT)
    assert folder == run / "hhi-joint" and checkpoint_path(folder, "hhi_joint").exists()
    moved = changed(before, networks.state_dict())
    assert any(name.startswith("prior.denoiser") for name in moved)
    assert not any(name.startswith(("prior.vae", "refinement")) for name in moved)
    save_bundle(networks, folder / "bundle", "none")
    assert load_bundle(folder / "bundle").networks.config == networks.config


def test_from_scratch_the_denoiser_starts_at_random_and_keeps_its_unit(run: Path) -> None:
    networks, idle = tiny(), tiny()
    still = SMOKE.adapters["hhi"].model_copy(update={"learning_rate": 1e-12})
    config = SMOKE.model_copy(update={"adapters": {"hhi": still}})
    load_prior(idle.prior, run)
    folder = training(run, config, networks=networks).adapter("hhi", Regime.SCRATCH)
    assert folder == run / "hhi-scratch"
    trained, fresh = idle.prior.denoiser, networks.prior.denoiser
    assert torch.equal(trained.latent_std, fresh.latent_std)
    assert not torch.equal(trained.to_latent.weight, fresh.to_latent.weight)
    assert not checkpoint_path(run, "hhi_intent").exists(), "there is no prior to speak to"


def test_a_frozen_part_that_changed_is_found() -> None:
    networks = tiny()
    module = networks.adapters["hhi"].requires_grad_(True)
    before = frozen_digests(networks, module)
    with torch.no_grad():
        module.null_token += 1
    check_frozen(before, networks, module, "hhi")
    with torch.no_grad():
        networks.prior.denoiser.to_latent.bias[0] += 1e-7
    with pytest.raises(ThawedError, match=r"'hhi' changed prior\.denoiser\.to_latent\.bias"):
        check_frozen(before, networks, module, "hhi")


def test_a_phase_checks_what_it_froze(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    networks = tiny()

    def careless(phase, *rest):
        with torch.no_grad():
            networks.refinement.frame_positions += 1

    monkeypatch.setattr("remogen_ros.training.phases.run_phase", careless)
    with pytest.raises(ThawedError, match="refinement"):
        training(run, networks=networks).adapter("hhi")


def test_an_unknown_adapter_is_named_with_those_there_are(run: Path) -> None:
    with pytest.raises(UserError, match="unknown adapter 'hhs': choose one of hhi, hsi"):
        training(run).adapter("hhs")


def test_an_adapter_without_a_corpus_says_so(run: Path) -> None:
    with pytest.raises(UserError, match="nothing to train the adapter 'hsi' on"):
        training(run).adapter("hsi")


def test_an_adapter_needs_a_prior(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no trained prior: run `\./remogen train prior` first"):
        training(tmp_path).adapter("hhi")


def test_a_half_trained_prior_is_not_built_on(tmp_path: Path) -> None:
    class StopTrainingError(Exception):
        pass

    def stop(phase: str, step: int) -> None:
        if phase == "denoiser" and step == 4:
            raise StopTrainingError

    with pytest.raises(StopTrainingError):
        training(tmp_path, hook=stop).prior()
    with pytest.raises(UserError, match=r"'denoiser' in .* is at step 2 of 4"):
        training(tmp_path).adapter("hhi")


def test_refinement_needs_the_adapter(run: Path) -> None:
    with pytest.raises(UserError, match=r"no trained 'hhi': run `\./remogen train adapter hhi`"):
        training(run).refinement()


def test_missing_statistics_are_not_measured_anew(run: Path) -> None:
    (run / "corpus.safetensors").unlink()
    for phase in (training(run).prior, lambda: training(run).adapter("hhi")):
        with pytest.raises(UserError, match=r"corpus.*the statistics.*is missing: restore it"):
            phase()


def test_damaged_statistics_are_one_sentence(run: Path) -> None:
    (run / "corpus.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"corpus\.safetensors is damaged"):
        training(run).adapter("hhi")


def test_networks_of_another_size_are_refused(run: Path) -> None:
    with pytest.raises(UserError, match="holds 'tiny' networks, not 'small' ones"):
        training(run, networks=tiny(size="small")).adapter("hhi")
    (run / "run.json").unlink()
    with pytest.raises(UserError, match="networks of another size: give the --model"):
        training(run, networks=tiny(size="small")).adapter("hhi")
    assert not (run / "run.json").exists(), "the folder is not claimed for the wrong size"


def test_a_clip_that_is_not_finite_is_named(run: Path) -> None:
    bad = Sources(None, {"hhi": RandomPeople(partner=True, damaged=True)})
    with pytest.raises(UserError, match="the clip 'bad' holds a number that is not finite"):
        training(run, sources=bad).adapter("hhi")


def test_validation_sees_averaged_weights_and_changes_nothing(run: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []
    plain, watched = tiny(), tiny()
    training(tmp_path / "plain", networks=plain).run()
    training(
        tmp_path / "watched",
        networks=watched,
        held_out=sources(),
        hook=lambda phase, step: seen.append((phase, step)),
    ).run()
    assert not changed(plain.state_dict(), watched.state_dict())
    assert [step for phase, step in seen if phase == "denoiser"] == [2, 4]
    assert "val/latent" in (tmp_path / "watched" / "denoiser.log.jsonl").read_text()
