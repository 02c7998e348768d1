"""The loop: resuming, checkpoints, parts of a batch, what it tells."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from remogen_ros.errors import UserError
from remogen_ros.training.checkpoints import checkpoint_path
from remogen_ros.training.config import StageConfig, TrainingConfig
from remogen_ros.training.denoising import DenoisingBatch, DenoisingLoss
from remogen_ros.training.loop import Phase, run_phase
from remogen_ros.training.machine import Machine, compile_layers
from remogen_ros.training.objective import Loss
from remogen_ros.training.phases import Sources
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.reporting import read_log, reporting
from test.training.people import CPU, SMOKE, RandomPeople, Square, tiny, training

LONG = SMOKE.model_copy(
    update={
        "denoiser": StageConfig(steps=11, batch=4, segments=3, rollout_from=0.0),
        "checkpoint_every": 1,
    }
)


class StopTrainingError(Exception):
    pass


def simple(module: nn.Linear, loss: Loss, config: TrainingConfig = SMOKE) -> Phase:
    return Phase("phase", module, (loss,), config.vae, config, Randomness.of(0))


def train(phase: Phase, folder: Path) -> None:
    run_phase(phase, folder, CPU.fabric())


@pytest.mark.parametrize("stop", [5, 7])
def test_an_interrupted_training_goes_on_as_if_it_had_not_been(
    stop: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit, in the midst of a window that the model continues itself, dropout included."""
    whole, halves, resumed = tiny(), tiny(), tiny()
    for networks in (whole, halves, resumed):
        for part in networks.prior.denoiser.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.1
    training(tmp_path / "whole", LONG, networks=whole).prior()

    original = DenoisingLoss.draw

    def failing(self: DenoisingLoss, step: int) -> DenoisingBatch:
        if step == stop:
            raise StopTrainingError
        return original(self, step)

    with monkeypatch.context() as patch, pytest.raises(StopTrainingError):
        patch.setattr(DenoisingLoss, "draw", failing)
        training(tmp_path / "halves", LONG, networks=halves).prior()
    states = torch.load(checkpoint_path(tmp_path / "halves", "denoiser"))["processes"]
    assert states[0]["losses"][0]["number"] == (stop - 1) % 3 + 1
    training(tmp_path / "halves", LONG, networks=resumed).prior()
    for name, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name


def test_a_roll_out_is_part_of_the_checkpoint(tmp_path: Path) -> None:
    training(tmp_path, LONG).prior()
    steps = LONG.denoiser.steps
    state = torch.load(checkpoint_path(tmp_path, "denoiser"))["processes"][0]["losses"][0]
    assert state["number"] == (steps - 1) % 3 + 1 and state["roots"].shape == (4, 3, 3)


def test_parts_of_a_batch_give_the_gradient_of_the_whole(tmp_path: Path) -> None:
    ends = []
    for parts in (1, 2):
        torch.manual_seed(0)
        module = nn.Linear(1, 1)
        phase = simple(module, Square(module))
        phase = Phase(
            "phase", module, (Square(module),) * parts, phase.stage, SMOKE, Randomness.of(0)
        )
        train(phase, tmp_path / str(parts))
        ends.append(module.weight.detach().clone())
    torch.testing.assert_close(*ends)


def test_micro_batches_draw_windows_of_their_own(tmp_path: Path) -> None:
    machine = Machine(device="cpu", micro_batch=2)
    networks = tiny()
    training(tmp_path, networks=networks, machine=machine).prior()
    state = torch.load(checkpoint_path(tmp_path, "denoiser"))["processes"][0]
    first, second = state["losses"]
    assert not torch.equal(first["drawn_from"], second["drawn_from"])
    with pytest.raises(UserError, match="another configuration of 'vae'"):
        training(tmp_path).prior()


def test_bf16_trains_and_keeps_kinematics_exact(tmp_path: Path) -> None:
    networks, exact = tiny(), tiny()
    machine = Machine(device="cpu", precision="bf16")
    training(tmp_path / "half", networks=networks, machine=machine).run()
    training(tmp_path / "exact", networks=exact).run()
    half = read_log(tmp_path / "half" / "denoiser.log.jsonl")[-1]
    whole = read_log(tmp_path / "exact" / "denoiser.log.jsonl")[-1]
    for name in ("joints", "velocity", "feet", "consistency", "features"):
        assert half[name] == pytest.approx(whole[name], rel=0.05), name
    assert all(p.dtype == torch.float32 for p in networks.parameters())


def test_a_loss_that_is_not_finite_stops_with_one_sentence(tmp_path: Path) -> None:
    module = nn.Linear(1, 1)
    phase = simple(module, Square(module, float("nan")))
    with pytest.raises(
        UserError, match=r"loss of 'phase' became nan by step 0, though.*it diverged"
    ):
        train(phase, tmp_path)


def test_a_gradient_that_is_not_finite_leaves_the_last_good_checkpoint(tmp_path: Path) -> None:
    module = nn.Linear(1, 1)
    every_step = SMOKE.model_copy(update={"checkpoint_every": 1})

    class Cliff(Square):
        def draw(self, step: int) -> tuple[()]:
            if step == 1:
                module.weight.register_hook(lambda gradient: gradient * torch.nan)
            return super().draw(step)

    with pytest.raises(UserError, match=r"gradient of 'phase' became nan by step 1.*resume from"):
        train(simple(module, Cliff(module), every_step), tmp_path)
    state = torch.load(checkpoint_path(tmp_path, "phase"))
    assert state["step"] == 1
    assert all(value.isfinite().all() for value in state["module"].values())


def test_another_seed_and_other_clips_are_refused(tmp_path: Path) -> None:
    training(tmp_path).prior()
    others = Sources(RandomPeople(digest="other people"), {})
    for other in ({"seed": 1}, {"sources": others}):
        with pytest.raises(UserError, match="another seed or other clips"):
            replace(training(tmp_path), **other).prior()


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path: Path) -> None:
    module = nn.Linear(1, 1)
    train(simple(module, Square(module)), tmp_path)
    other = SMOKE.model_copy(update={"vae": StageConfig(steps=9, batch=2)})
    with pytest.raises(UserError, match="another configuration of 'phase'"):
        train(simple(module, Square(module), other), tmp_path)


def test_a_checkpoint_that_is_damaged_is_one_sentence(tmp_path: Path) -> None:
    module = nn.Linear(1, 1)
    checkpoint_path(tmp_path, "phase").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"phase\.checkpoint\.pt is damaged"):
        train(simple(module, Square(module)), tmp_path)


def test_without_space_the_last_good_checkpoint_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = nn.Linear(1, 1)
    path = checkpoint_path(tmp_path, "phase")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(UserError, match="No space left on device; there is none yet"):
            train(simple(module, Square(module)), tmp_path)
    assert not list(tmp_path.glob("*.part"))
    saved: list[int] = []

    def full_later(_: int) -> None:
        saved.append(1)
        if len(saved) == 2:
            full()

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full_later)
        with pytest.raises(
            UserError, match=r"of step 4 .*No space left.*the last good one is kept"
        ):
            train(simple(module, Square(module)), tmp_path)
    assert torch.load(path)["step"] == 2
    train(simple(module, Square(module)), tmp_path)
    assert torch.load(path)["step"] == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    module = nn.Linear(1, 1)
    checkpoint_path(tmp_path, "phase").with_suffix(".part").symlink_to("/dev/full")
    with pytest.raises(UserError, match="cannot be written"):
        train(simple(module, Square(module)), tmp_path)


def test_checkpoints_of_before_there_were_processes_are_resumed(tmp_path: Path) -> None:
    """As an earlier version wrote them: the generator's state, and no number of steps."""
    module = nn.Linear(1, 1)
    train(simple(module, Square(module)), tmp_path)
    path = checkpoint_path(tmp_path, "phase")
    state = torch.load(path)
    del state["processes"], state["steps"]
    torch.save(state | {"generator": torch.Generator().get_state()}, path)
    again = nn.Linear(1, 1)
    train(simple(again, Square(again)), tmp_path)
    assert torch.equal(again.weight, module.weight)


def test_log_and_tensorboard_hold_what_a_training_told(tmp_path: Path) -> None:
    training(tmp_path).run()
    rows = read_log(tmp_path / "hhi.log.jsonl")
    names = {"latent", "joints", "gradient_norm", "learning_rate", "samples_per_s", "clip_ratio"}
    assert names <= rows[-1].keys() and rows[-1]["step"] == 4
    events = EventAccumulator(str(tmp_path / "tensorboard" / "hhi")).Reload()
    assert names <= set(events.Tags()["scalars"])


def test_what_was_logged_after_the_checkpoint_is_forgotten(tmp_path: Path) -> None:
    module = nn.Linear(1, 1)
    log = tmp_path / "phase.log.jsonl"
    log.write_text('{"step": 0, "square": 1.0}\n{"step": 3, "square": 2.0}\n{"st')
    train(simple(module, Square(module)), tmp_path)
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [0, 4]


def test_a_phase_has_one_training_at_a_time(tmp_path: Path) -> None:
    with (
        reporting(tmp_path, "linear", 2, 0, 1, shown=True),
        pytest.raises(UserError, match="another training is writing"),
        reporting(tmp_path, "linear", 2, 0, 1, shown=True),
    ):
        raise AssertionError("two at once")
    with reporting(tmp_path, "linear", 2, 0, 1, shown=True) as report:
        report.log(1, {"loss": 2.0})
    assert read_log(tmp_path / "linear.log.jsonl") == [{"step": 1, "loss": 2.0}]


def test_what_the_machine_cannot_do_is_one_sentence() -> None:
    with pytest.raises(UserError, match="--devices is 0"):
        Machine(device="cpu", devices=0).fabric()
    with pytest.raises(UserError, match="a batch of 5 cannot be shared out among 2"):
        CPU.parts(5, 2)
    with pytest.raises(UserError, match="--micro-batch 3 does not divide the batch of 4"):
        Machine(device="cpu", micro_batch=3).parts(8, 2)
    assert Machine(device="cpu", micro_batch=2).parts(8, 2) == (2, 2)
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="PyTorch sees no GPU"):
            Machine(device="cuda").fabric()


def test_compiled_layers_keep_the_names_of_their_weights() -> None:
    networks, plain = tiny(), tiny()
    compile_layers(networks)
    assert list(networks.state_dict()) == list(plain.state_dict())
