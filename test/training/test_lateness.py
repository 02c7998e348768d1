"""Who is late sets off at the moment that was due, or, where hands meet, catches up."""

from __future__ import annotations

from dataclasses import replace

import torch

from remogen_ros.diffusion.schedule import cosine_schedule
from remogen_ros.motion.poses import Motion
from remogen_ros.training.batches import Window
from remogen_ros.training.config import CONFIGURATIONS, StageConfig
from remogen_ros.training.denoising import DenoisingLoss
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.lateness import due, from_moment, still, stood
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.rollouts import posed
from test.training.people import tiny

_ROWS, _FRAMES = 64, 27
_ONSET = 9


def _setting_off(frames: int = _FRAMES) -> Motion:
    """People who stand until frame _ONSET, and then go along x at 2 m/s."""
    gone = 0.2 * (torch.arange(frames) - _ONSET + 1).clamp_min(0)
    roots = torch.stack((gone, torch.zeros(frames), torch.full((frames,), 0.93)), dim=-1)
    rotations = torch.eye(3).expand(_ROWS, frames, 22, 3, 3)
    motion = Motion(roots.expand(_ROWS, -1, -1).clone(), rotations.clone())
    return replace(motion, known_joints=motion.joints())


def _window(partner_at: float = 50.0) -> Window:
    motion = _setting_off()
    acts = (torch.arange(_FRAMES) >= _ONSET).expand(_ROWS, -1)
    before = motion.joints()[:, :1].expand(-1, 15, -1, -1)
    partner = torch.cat((before, motion.joints()), dim=1) + torch.tensor([0.0, partner_at, 0.0])
    text, known = torch.zeros(_ROWS, 384), torch.ones(_ROWS, dtype=torch.bool)
    return Window(motion, text, known, acts, torch.zeros(384), partner)


def test_due_is_shortly_before_the_onset() -> None:
    moments = due(_window(), 19, Randomness.of(0))
    assert set(moments.tolist()) == {_ONSET - 2, _ONSET - 1, _ONSET}


def test_nothing_is_due_before_the_onset_or_too_long_after_it() -> None:
    window = _window()
    assert set(due(window, 6, Randomness.of(0)).tolist()) == {6}
    assert set(due(window, _ONSET + 17, Randomness.of(0)).tolist()) == {_ONSET + 17}


def test_nothing_is_due_of_who_acts_from_the_first_frame_or_never() -> None:
    window = _window()
    for acts in (torch.ones_like, torch.zeros_like):
        assert window.acts is not None
        other = replace(window, acts=acts(window.acts))
        assert set(due(other, 19, Randomness.of(0)).tolist()) == {19}
    assert set(due(replace(window, acts=None), 19, Randomness.of(0)).tolist()) == {19}


def test_whose_hands_meet_is_not_due_but_has_to_catch_up() -> None:
    """The wrists of the two are 0.4 m apart."""
    assert set(due(_window(partner_at=0.4), 19, Randomness.of(0)).tolist()) == {19}


def test_nobody_is_due_without_history() -> None:
    """Three frames are needed before the moment, however early the onset."""
    window = _window()
    early = replace(window, acts=(torch.arange(_FRAMES) >= 4).expand(_ROWS, -1))
    assert set(due(early, 11, Randomness.of(0)).tolist()) == {3, 4, 11}


def test_still_until_setting_off() -> None:
    motion = _setting_off()
    assert bool(still(motion.frames(0, _ONSET)).all())
    assert not still(motion.frames(_ONSET - 1, _ONSET + 2)).any()


def test_who_stood_shows_nothing_of_setting_off() -> None:
    """Four to eight frames before, as far as there is history."""
    moments = torch.tensor([20, 5] * 100)
    before = stood(moments, Randomness.of(0))
    assert set(before[::2].tolist()) == {12, 13, 14, 15, 16}
    assert set(before[1::2].tolist()) == {3}


def test_frames_from_a_moment_of_each() -> None:
    motion = _setting_off()
    moment = torch.arange(_ROWS) % 4 + 5
    shown = from_moment(motion, moment, -3, 8)
    for row in range(0, _ROWS, 7):
        now = int(moment[row])
        whole = motion.frames(now - 3, now + 8)
        assert torch.equal(shown.root_positions[row], whole.root_positions[row])
        assert torch.equal(shown.joints()[row], whole.joints()[row])


class _SettingOff:
    digest = "made up"

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        return _window()


def _second_segment(hesitant: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the egos of a second segment (frames 11 to 18) stand, and how far they are to go."""
    networks = tiny().eval()
    config = CONFIGURATIONS["smoke"].model_copy(update={"hesitant": hesitant})
    stage = StageConfig(steps=10, batch=_ROWS, segments=3, rollout_from=1.0)
    people = Drawing(_SettingOff(), _ROWS, Randomness.of(0))
    adapters = networks.weighted_adapters({"hhi": 1.0})
    loss = DenoisingLoss(networks.prior, adapters, people, cosine_schedule(10), stage, config, 0.1)
    loss.draw(0)
    batch = loss.draw(0)
    future = posed(networks.prior, batch.segment.future, batch.segment)
    stood = batch.context.root_positions[:, -1, 0]
    return stood, future.root_positions[:, -1, 0] - stood


def test_who_is_in_time_goes_on() -> None:
    stood, to_go = _second_segment(hesitant=0.0)
    torch.testing.assert_close(stood, torch.full((_ROWS,), 0.4))
    torch.testing.assert_close(to_go, torch.full((_ROWS,), 1.6), atol=1e-3, rtol=0.0)


def test_who_is_late_stands_and_sets_off_as_was_due() -> None:
    """The target is the true motion from its onset on, not a rush to where the truth has got."""
    stood, to_go = _second_segment(hesitant=1.0)
    torch.testing.assert_close(stood, torch.zeros(_ROWS))
    assert float(to_go.min()) > 1.19 and float(to_go.max()) < 1.61
