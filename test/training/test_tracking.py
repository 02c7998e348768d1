from __future__ import annotations

import torch

from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.training.config import TrackingNoise
from remogen_ros.training.tracking import as_tracked
from test.motion.strategies import random_motion

EXACT = TrackingNoise(jitter=0, offset=0, size=0, unseen_joint=0, late=0)

FAR = torch.full((64, 8, 22, 3), 100.0)
"""An ego whom the partner has nothing to do with."""


def joints(batch: int = 64, frames: int = 20) -> torch.Tensor:
    return random_motion(0, frames, (batch,)).to(torch.float32).joints()


def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_perfect_tracker_reports_the_truth() -> None:
    positions, seen = as_tracked(joints(), FAR, EXACT, random())
    torch.testing.assert_close(positions, joints(), atol=1e-5, rtol=0)
    assert bool(seen.all())


def test_jitter_differs_from_frame_to_frame_and_offsets_do_not() -> None:
    shaken, _ = as_tracked(joints(), FAR, EXACT.model_copy(update={"jitter": 0.01}), random())
    off, _ = as_tracked(joints(), FAR, EXACT.model_copy(update={"offset": 0.02}), random())
    for positions, spread, varies in ((shaken, 0.01, True), (off, 0.02, False)):
        error = positions - joints()
        assert abs(float(error.std()) - spread) < 0.1 * spread
        assert (float(error.diff(dim=1).abs().max()) > 1e-4) == varies


def test_another_size_keeps_where_the_person_stands() -> None:
    exact = joints()
    positions, _ = as_tracked(exact, FAR, EXACT.model_copy(update={"size": 0.1}), random())
    torch.testing.assert_close(positions[:, :, 0, :2], exact[:, :, 0, :2], atol=1e-5, rtol=0)
    ratio = positions[:, :, 0, 2] / exact[:, :, 0, 2]
    assert 0.8 <= float(ratio.min()) < 0.95 and 1.05 < float(ratio.max()) <= 1.2 + 1e-5
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio), atol=1e-4, rtol=0)


def test_hands_that_meet_are_where_they_meet_whatever_the_size() -> None:
    """The ego's right wrist is where the partner's left one is in the last frame, and half a metre
    from it in the frame before."""
    exact = joints()
    ego = torch.full((64, 2, 22, 3), 100.0)
    left, right = JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]
    ego[:, 1, right] = exact[:, -1, left]
    ego[:, 0, right] = exact[:, -2, left] + torch.tensor([0.5, 0.0, 0.0])
    sized = EXACT.model_copy(update={"size": 0.1})
    positions, _ = as_tracked(exact, ego, sized, random())
    free, _ = as_tracked(exact, FAR, sized, random())
    torch.testing.assert_close(positions[:, -1, left], exact[:, -1, left])
    moved, usual = positions - exact, free - exact
    torch.testing.assert_close(moved[:, -2, left], usual[:, -2, left] / 2, atol=1e-4, rtol=1e-3)
    elbow = JOINT_INDEX["left_elbow"]
    torch.testing.assert_close(moved[:, -1, elbow], usual[:, -1, elbow] / 2, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(positions[:, :-2], free[:, :-2])


def test_joints_are_hidden_throughout_and_late_partners_stay_once_there() -> None:
    hidden = EXACT.model_copy(update={"unseen_joint": 0.3})
    _, seen = as_tracked(joints(), FAR, hidden, random())
    assert bool((seen == seen[:, :1]).all())
    assert 0.6 < float(seen.float().mean()) < 0.8
    _, there = as_tracked(joints(), FAR, EXACT.model_copy(update={"late": 1.0}), random())
    came = there.int().diff(dim=1)
    assert bool((came >= 0).all()) and bool((came == 1).any())
    assert bool((there == there[..., :1]).all())
