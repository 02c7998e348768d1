from __future__ import annotations

import torch

from remogen_ros.training.config import TrackingNoise
from remogen_ros.training.tracking import as_tracked
from test.motion.strategies import random_motion

EXACT = TrackingNoise(jitter=0, offset=0, size=0, unseen_joint=0, late=0)


def joints(batch: int = 64, frames: int = 20) -> torch.Tensor:
    return random_motion(0, frames, (batch,)).to(torch.float32).joints()


def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_perfect_tracker_reports_the_truth() -> None:
    positions, seen = as_tracked(joints(), EXACT, random())
    torch.testing.assert_close(positions, joints(), atol=1e-5, rtol=0)
    assert bool(seen.all())


def test_jitter_differs_from_frame_to_frame_and_offsets_do_not() -> None:
    shaken, _ = as_tracked(joints(), EXACT.model_copy(update={"jitter": 0.01}), random())
    off, _ = as_tracked(joints(), EXACT.model_copy(update={"offset": 0.02}), random())
    for positions, spread, varies in ((shaken, 0.01, True), (off, 0.02, False)):
        error = positions - joints()
        assert abs(float(error.std()) - spread) < 0.1 * spread
        assert (float(error.diff(dim=1).abs().max()) > 1e-4) == varies


def test_another_size_keeps_where_the_person_stands() -> None:
    exact = joints()
    positions, _ = as_tracked(exact, EXACT.model_copy(update={"size": 0.1}), random())
    torch.testing.assert_close(positions[:, :, 0, :2], exact[:, :, 0, :2], atol=1e-5, rtol=0)
    ratio = positions[:, :, 0, 2] / exact[:, :, 0, 2]
    assert 0.8 <= float(ratio.min()) < 0.95 and 1.05 < float(ratio.max()) <= 1.2 + 1e-5
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio), atol=1e-4, rtol=0)


def test_joints_are_hidden_throughout_and_late_partners_stay_once_there() -> None:
    hidden = EXACT.model_copy(update={"unseen_joint": 0.3})
    _, seen = as_tracked(joints(), hidden, random())
    assert bool((seen == seen[:, :1]).all())
    assert 0.6 < float(seen.float().mean()) < 0.8
    _, there = as_tracked(joints(), EXACT.model_copy(update={"late": 1.0}), random())
    came = there.int().diff(dim=1)
    assert bool((came >= 0).all()) and bool((came == 1).any())
    assert bool((there == there[..., :1]).all())
