from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from remogen_ros.errors import UserError
from remogen_ros.motion import features as layout
from remogen_ros.motion.canonical import heading_of_orientation
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import geodesic_angle
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS as MODELS
from remogen_ros.training.batches import Window
from remogen_ros.training.config import CONFIGURATIONS, StageConfig, TrainingConfig
from remogen_ros.training.loop import Phase, run_phase
from remogen_ros.training.losses import body_losses
from remogen_ros.training.phases import Sources, Training
from remogen_ros.training.segments import (
    eased_future,
    frame_of_last,
    segment_at,
    window_frames,
)
from test.motion.strategies import random_motion, random_turn

IDENTITY = Statistics(torch.zeros(276), torch.ones(276))
SMOKE = CONFIGURATIONS["smoke"]


@dataclass(frozen=True)
class RandomPeople:
    """Windows of smooth random motion, with a partner or without."""

    partner: bool = False

    def draw(self, batch: int, frames: int, random: torch.Generator) -> Window:
        seed = int(torch.randint(2**31, (1,), generator=random))
        motion = random_motion(seed, frames, (batch,)).to(torch.float32)
        partner = torch.randn(batch, frames + 15, 22, 3, generator=random)
        return Window(
            motion,
            torch.zeros(batch, 384),
            torch.ones(batch, dtype=torch.bool),
            partner=partner if self.partner else None,
        )


def sources() -> Sources:
    return Sources(RandomPeople(), {"hhi": RandomPeople(partner=True)})


def tiny() -> Networks:
    torch.manual_seed(0)
    return Networks(MODELS["tiny"])


def test_cues_of_a_window_end_at_the_tick() -> None:
    window = RandomPeople(partner=True).draw(2, 19, torch.Generator().manual_seed(0))
    assert window.partner is not None
    disturbed = Window(
        window.motion,
        window.text,
        window.text_known,
        partner=torch.cat((window.partner[:, :18], window.partner[:, 18:] + 1), dim=1),
    )
    frame = frame_of_last(window.motion.frames(0, 3))
    assert torch.equal(window.cues(2, frame).partners, disturbed.cues(2, frame).partners)
    assert not torch.equal(window.cues(3, frame).partners, disturbed.cues(3, frame).partners)


def test_words_are_said_of_those_who_do_something() -> None:
    """Of the first, words; the second stands yet; the third's text tells nothing, but it stands."""
    acts = torch.zeros(3, 11, dtype=torch.bool)
    acts[0, 9:] = True
    window = Window(
        random_motion(0, 11, (3,)),
        torch.ones(3, 384),
        torch.tensor([True, True, False]),
        acts,
        torch.zeros(384),
    )
    words, known = window.words(3, 11)
    assert words[:, 0].tolist() == [1.0, 0.0, 0.0] and known.all()
    words, known = window.words(3, 9)
    assert words[:, 0].tolist() == [0.0, 0.0, 0.0] and known.all()
    window = Window(window.motion, window.text, window.text_known)
    assert torch.equal(window.words(3, 9)[1], window.text_known), "no pair: the text always holds"


def test_segments_follow_each_other() -> None:
    motion = random_motion(0, window_frames(2), (2,)).to(torch.float32)
    second = segment_at(motion, 1, IDENTITY)
    decoded = layout.decode(second.future, second.frame)
    torch.testing.assert_close(
        decoded.root_positions, motion.root_positions[:, 11:19], atol=1e-5, rtol=0
    )


def test_a_drifted_roll_out_is_led_back_or_carried_along() -> None:
    motion = random_motion(0, 11, (1,)).to(torch.float32)
    true_context, future = motion.frames(0, 3), motion.frames(3)
    rotation, translation = (t.to(torch.float32) for t in random_turn(3))
    drifted = Motion(true_context.root_positions, true_context.rotations).moved(
        rotation, translation
    )
    back = eased_future(drifted, true_context, future, meet=True)
    torch.testing.assert_close(
        back.root_positions[:, -1], future.root_positions[:, -1], atol=1e-5, rtol=0
    )
    along = eased_future(drifted, true_context, future, meet=False)
    carried = future.moved(rotation, translation)
    torch.testing.assert_close(along.root_positions, carried.root_positions, atol=1e-4, rtol=0)
    torch.testing.assert_close(
        heading_of_orientation(along.rotations[:, :, 0]),
        heading_of_orientation(carried.rotations[:, :, 0]),
        atol=1e-4,
        rtol=0,
    )


def test_after_a_roll_out_the_target_starts_in_its_pose_and_ends_in_the_true_one() -> None:
    motion = random_motion(0, 11, (1,)).to(torch.float32)
    other = random_motion(1, 3, (1,)).to(torch.float32)
    future = motion.frames(3)
    target = eased_future(other, motion.frames(0, 3), future, meet=True)
    torch.testing.assert_close(target.rotations[:, -1], future.rotations[:, -1], atol=1e-4, rtol=0)
    torch.testing.assert_close(
        target.root_positions[:, -1], future.root_positions[:, -1], atol=1e-4, rtol=0
    )
    still = motion.frames(2, 3)
    held = Motion(still.root_positions.repeat(1, 8, 1), still.rotations.repeat(1, 8, 1, 1, 1))
    eased = eased_future(other, motion.frames(0, 3), held, meet=True)
    apart = geodesic_angle(other.rotations[:, -1:], eased.rotations)[0, :, 1:]
    whole = geodesic_angle(other.rotations[:, -1:], held.rotations)[0, :, 1:]
    torch.testing.assert_close(apart[0], whole[0] / 8, atol=1e-3, rtol=0)


def test_body_losses_of_the_truth_are_zero_and_of_a_shift_are_its_length() -> None:
    motion = random_motion(0, 11, (2,)).to(torch.float32)
    segment = segment_at(motion, 0, IDENTITY)
    exact = body_losses(segment.future, segment.future, segment.history[:, -1], IDENTITY)
    assert max(float(exact[n]) for n in ("joints", "velocity", "consistency", "deltas")) < 1e-9
    shifted = segment.future.clone()
    shifted[..., layout.TRANSLATION] += torch.tensor([0.3, 0.0, 0.0])
    moved = body_losses(shifted, segment.future, segment.history[:, -1], IDENTITY)
    assert float(moved["joints"]) == pytest.approx(0.3**2, abs=1e-4)
    assert float(moved["velocity"]) == pytest.approx(0.3**2 / 8, abs=1e-4)


def test_all_phases_train_and_each_freezes_the_others(tmp_path: Path) -> None:
    networks = tiny()
    training = Training(networks, sources(), SMOKE, tmp_path)
    for phase in training._phases():
        networks.requires_grad_(False)
        phase.module.requires_grad_(True)
        before = {n: p.clone() for n, p in networks.named_parameters()}
        run_phase(phase, tmp_path)
        changed = {n for n, p in networks.named_parameters() if not torch.equal(p, before[n])}
        own = {
            n
            for n, p in networks.named_parameters()
            if any(p is q for q in phase.module.parameters())
        }
        assert changed and changed <= own, phase.name


def test_an_interrupted_phase_resumes_to_the_same_weights(tmp_path: Path) -> None:
    whole, halves = tiny(), tiny()
    Training(whole, sources(), SMOKE, tmp_path / "whole").run()

    class StopTrainingError(Exception):
        pass

    first = next(Training(halves, sources(), SMOKE, tmp_path / "halves")._phases())

    def interrupting(step: int) -> dict[str, torch.Tensor]:
        if step == 3:
            raise StopTrainingError
        return first.loss(step)

    with pytest.raises(StopTrainingError):
        run_phase(
            Phase("vae", first.module, interrupting, first.stage, SMOKE, first.generator),
            tmp_path / "halves",
        )
    resumed = tiny()
    Training(resumed, sources(), SMOKE, tmp_path / "halves").run()
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value, msg=name)


def phase_of(loss, tmp_path: Path, config: TrainingConfig = SMOKE) -> Phase:
    module = torch.nn.Linear(1, 1)
    return Phase("phase", module, loss(module), config.vae, config, torch.Generator())


def test_a_loss_that_is_not_finite_stops_with_one_sentence(tmp_path: Path) -> None:
    def loss(module):
        return lambda step: {"nan": module.weight.sum() * float("nan")}

    with pytest.raises(UserError, match="'phase' became nan at step 0"):
        run_phase(phase_of(loss, tmp_path), tmp_path)


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path: Path) -> None:
    def loss(module):
        return lambda step: {"square": module.weight.square().sum()}

    run_phase(phase_of(loss, tmp_path), tmp_path)
    other = SMOKE.model_copy(update={"vae": StageConfig(steps=9, batch=2)})
    with pytest.raises(UserError, match="another configuration of 'phase'"):
        run_phase(phase_of(loss, tmp_path, other), tmp_path)
