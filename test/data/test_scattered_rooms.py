from __future__ import annotations

import torch

from remogen_ros.cues.occupancy import EGO_CELLS, FREE, OCCUPIED, UNSEEN
from remogen_ros.data.scattered_rooms import CLEARANCE, ScatteredRooms, scatter
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.rotations import yaw_matrix
from test.motion.strategies import random_motion


def one_box(blind: tuple[float, float, float] = (1.0, 0.0, 2.0)) -> ScatteredRooms:
    """A box of 0.4 x 0.2 x 0.55 m, one metre ahead of the origin."""
    return ScatteredRooms(
        centre=torch.tensor([[[1.0, 0.0]]]),
        axis=torch.tensor([[[1.0, 0.0]]]),
        half=torch.tensor([[[0.2, 0.1]]]),
        height=torch.tensor([[0.55]]),
        blind=torch.tensor([blind]),
    )


def ego(yaw: float = 0.0) -> CanonicalFrame:
    return CanonicalFrame(yaw_matrix(torch.tensor([yaw])), torch.zeros(1, 3))


def test_a_box_ahead_fills_its_cells_and_no_others() -> None:
    states = one_box().ego_occupancy(ego())
    assert states.shape == (1, *EGO_CELLS) and states.dtype == torch.uint8
    expected = torch.full(EGO_CELLS, FREE, dtype=torch.uint8)
    expected[24:28, 15:17, :5] = OCCUPIED
    assert torch.equal(states[0], expected)


def test_an_ego_that_faces_away_has_the_box_behind_it() -> None:
    states = one_box().ego_occupancy(ego(torch.pi))
    assert states[0, 4:8, 15:17, :5].eq(OCCUPIED).all()


def test_a_blind_sector_is_unseen() -> None:
    # Half angle 90 degrees about +x: everything ahead.
    states = one_box(blind=(1.0, 0.0, 0.0)).ego_occupancy(ego())
    assert states[0, 16:].eq(UNSEEN).all() and states[0, :16].eq(FREE).all()


def test_nobody_walks_through_a_scattered_box() -> None:
    joints = random_motion(0, 30, (16,)).to(torch.float32).joints()
    rooms = scatter(joints, torch.Generator().manual_seed(0))
    assert rooms.height.gt(0).any(1).all()
    axis = rooms.axis[:, None]
    relative = joints.flatten(1, 2)[:, :, None, :2] - rooms.centre[:, None]
    along = (relative * axis).sum(-1).abs() - rooms.half[:, None, :, 0]
    across = (relative[..., 0] * axis[..., 1] - relative[..., 1] * axis[..., 0]).abs()
    across = across - rooms.half[:, None, :, 1]
    near = (along < CLEARANCE / 2) & (across < CLEARANCE / 2) & (rooms.height[:, None] > 0)
    assert not near.any()


def test_same_seed_same_rooms() -> None:
    joints = random_motion(0, 11, (4,)).to(torch.float32).joints()
    first, second = (scatter(joints, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(
        first.ego_occupancy(CanonicalFrame(torch.eye(3).expand(4, 3, 3), torch.zeros(4, 3))),
        second.ego_occupancy(CanonicalFrame(torch.eye(3).expand(4, 3, 3), torch.zeros(4, 3))),
    )
