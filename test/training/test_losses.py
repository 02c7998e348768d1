"""Distances between two people: known values, alignment in time, and what counts."""

from __future__ import annotations

import pytest
import torch

from remogen_ros.motion import features as layout
from remogen_ros.motion.canonical import CanonicalFrame, canonical_frame
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.motion.statistics import Statistics
from remogen_ros.training.batches import Window
from remogen_ros.training.losses import Beside, body_losses, distance_loss, palm_loss
from test.motion.strategies import random_motion

WRIST = JOINT_INDEX["left_wrist"]


def far_apart() -> torch.Tensor:
    """(1, 1, 22, 3) joints of which none is within ten metres of another."""
    return 10.0 * torch.arange(1.0, 23.0)[:, None].expand(1, 1, 22, 3).clone()


def only(joint: int) -> torch.Tensor:
    seen = torch.zeros(1, 1, 22, dtype=torch.bool)
    seen[..., joint] = True
    return seen


def test_a_wrist_that_should_be_near_and_is_not() -> None:
    """True distance 0.5 m has weight 0.5; it is found at 0.8 m, 0.3 m off."""
    true = far_apart()
    partner = true + 1000.0
    partner[..., WRIST, :] = true[..., WRIST, :] + torch.tensor([0.5, 0.0, 0.0])
    # The palm, in line with the forearm, is 0.085 m beyond the wrist: it is near as well.
    found = true.clone()
    found[..., WRIST, 0] -= 0.3
    loss = float(distance_loss(found, true, Beside(partner, only(WRIST))))
    assert loss == pytest.approx(0.5 * 0.09 + 0.5 * 0.09, rel=0.2), "wrist and palm, over 1"


def test_true_distances_cost_nothing_and_far_ones_do_not_count() -> None:
    true, everyone = far_apart(), torch.ones(1, 1, 22, dtype=torch.bool)
    assert float(distance_loss(true, true, Beside(true + 0.1, everyone))) == 0.0
    assert float(distance_loss(true + 3.0, true, Beside(true + 1000.0, everyone))) == 0.0
    unseen = torch.zeros_like(everyone)
    assert float(distance_loss(true + 0.3, true, Beside(true + 0.1, unseen))) == 0.0


def test_points_that_meet_give_finite_gradients() -> None:
    true = far_apart().requires_grad_()
    everyone = torch.ones(1, 1, 22, dtype=torch.bool)
    distance_loss(true, true.detach() + 0.1, Beside(true.detach(), everyone)).backward()
    assert true.grad is not None and bool(true.grad.isfinite().all())


def arms(elbow: tuple[float, float, float], wrist: tuple[float, float, float]) -> torch.Tensor:
    """(1, 1, 22, 3) joints of which only those of the left forearm are anywhere near."""
    joints = far_apart()
    joints[..., JOINT_INDEX["left_elbow"], :] = torch.tensor(elbow)
    joints[..., WRIST, :] = torch.tensor(wrist)
    return joints


def test_a_palm_that_misses_the_one_it_should_touch() -> None:
    """Palms 0.085 m beyond the wrists: 0.1 m apart in truth, of weight 0.75; found 0.2 m higher."""
    true = arms((0.0, 0.0, 1.0), (0.25, 0.0, 1.0))
    partner = 100.0 + arms((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    partner[..., JOINT_INDEX["right_elbow"], :] = torch.tensor([0.77, 0.0, 1.0])
    partner[..., JOINT_INDEX["right_wrist"], :] = torch.tensor([0.52, 0.0, 1.0])
    everyone = torch.ones(1, 1, 22, dtype=torch.bool)
    found = true + torch.tensor([0.0, 0.0, 0.2])
    beside = Beside(partner, everyone)
    assert float(palm_loss(found, true, beside)) == pytest.approx(0.75 * 0.04, rel=1e-3)
    assert float(palm_loss(true, true, beside)) == 0.0
    hidden = everyone.clone()
    hidden[..., JOINT_INDEX["right_elbow"]] = False
    assert float(palm_loss(found, true, Beside(partner, hidden))) == 0.0
    farther = partner + torch.tensor([0.4, 0.0, 0.0])
    assert float(palm_loss(found, true, Beside(farther, everyone))) == 0.0


def test_deltas_that_are_not_those_of_the_states_cost_their_square() -> None:
    motion = random_motion(4, 11, (2,)).to(torch.float32)
    features = layout.encode(
        motion, canonical_frame(motion.root_positions[:, 1], motion.rotations[:, 1, 0])
    )
    statistics = Statistics(torch.zeros(276), torch.ones(276))
    last, true = features[:, 1], features[:, 2:]

    def deltas(predicted: torch.Tensor) -> float:
        return float(body_losses(predicted, true, last, statistics)["deltas"])

    assert deltas(true) == pytest.approx(0.0, abs=1e-9)
    for part, wrong in (
        (layout.TRANSLATION_DELTA, 0.1),
        (layout.ORIENTATION_DELTA, 0.2),
        (layout.JOINT_DELTAS, 0.3),
    ):
        predicted = true.clone()
        predicted[..., part] += wrong
        assert deltas(predicted) == pytest.approx(wrong**2, rel=1e-3)
    turned = true.clone()
    turned[:, 5, layout.ORIENTATION] = true[:, 5, layout.ORIENTATION].roll(1, -1)
    assert deltas(turned) > 0.01, "states that turn otherwise than their deltas say"


def test_who_is_beside_is_so_at_the_same_time() -> None:
    """A partner whose x is the number of the simultaneous ego frame, seen from x = 2."""
    frames = 12
    roots = torch.zeros(1, frames, 3)
    ego = Motion(roots, torch.eye(3).expand(1, frames, 22, 3, 3))
    times = torch.arange(-15.0, frames)
    partner = torch.zeros(1, frames + 15, 22, 3)
    partner[..., 0] = times[:, None]
    window = Window(ego, torch.zeros(1, 4), torch.zeros(1, dtype=torch.bool), partner=partner)
    frame = CanonicalFrame(torch.eye(3)[None], torch.tensor([[2.0, 0.0, 0.0]]))
    beside = window.beside(3, 11, frame)
    assert beside is not None and bool(beside.seen.all())
    assert beside.joints[0, :, 0, 0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
