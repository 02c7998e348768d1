"""Signed distances of rooms drawn by hand, and bodies that stand in them or in each other."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, strategies

from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.evaluation.penetration import (
    FLOOR_BAND,
    Penetration,
    SignedDistance,
    depth_below_floor,
    depth_in_body,
    depth_in_scene,
)
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import yaw_matrix
from remogen_ros.motion.skeleton import ANKLE_HEIGHT, JOINT_INDEX
from test.data.bodies import standing, turn, walking
from test.motion.strategies import random_motion, seeds


def wall(outside: int = UNSEEN, around: int = FREE) -> OccupancyGrid:
    """A wall of x from 1.0 to 1.4 m, in a room of x from 0 to 3, y from -2 to 2, z from 0 to 2."""
    cells = torch.full((30, 40, 20), around, dtype=torch.uint8)
    cells[10:14] = OCCUPIED
    return OccupancyGrid(cells, torch.tensor([0.0, -2.0, 0.0]), outside)


def at(grid: OccupancyGrid, *place: float) -> float:
    return float(SignedDistance(grid).at(torch.tensor(place, dtype=torch.float64)))


@pytest.mark.parametrize(
    ("x", "distance"),
    [(0.55, 0.45), (0.7, 0.3), (0.95, 0.05), (1.0, 0.0), (1.05, -0.05), (1.15, -0.15), (1.7, 0.3)],
)
def test_distance_before_and_in_a_wall(x: float, distance: float) -> None:
    assert at(wall(), x, 0.02, 1.03) == pytest.approx(distance, abs=1e-6)


@given(strategies.floats(0.1, 0.99), strategies.floats(-1.5, 1.5))
def test_distance_before_a_level_wall_is_exact(x: float, y: float) -> None:
    assert at(wall(), x, y, 1.0) == pytest.approx(1.0 - x, abs=1e-6)


def test_unseen_cells_are_not_walls() -> None:
    assert at(wall(around=UNSEEN), 0.55, 0.0, 1.0) == pytest.approx(0.45, abs=1e-6)
    nothing = OccupancyGrid(torch.full((4, 4, 4), UNSEEN, dtype=torch.uint8), torch.zeros(3))
    assert at(nothing, 0.2, 0.2, 0.2) > 0.4


def test_beyond_the_grid_is_what_the_grid_says() -> None:
    assert at(wall(), 1.2, 3.05, 1.0) == pytest.approx(1.05, abs=1e-6)
    assert at(wall(OCCUPIED), 2.55, 0.0, 1.0) == pytest.approx(0.45, abs=1e-6)
    assert at(wall(OCCUPIED), 3.6, 0.0, 1.0) == pytest.approx(-0.6, abs=1e-6)
    full = OccupancyGrid(
        torch.full((4, 4, 4), OCCUPIED, dtype=torch.uint8), torch.zeros(3), OCCUPIED
    )
    assert at(full, 0.2, 0.2, 0.2) < -0.4


def test_nobody_leaves_furniture_through_the_floor() -> None:
    assert at(wall(), 1.15, 0.0, 0.0) == pytest.approx(-0.15, abs=1e-6)
    assert at(wall(), 1.15, 0.0, -0.5) == pytest.approx(-0.15, abs=1e-6)


def test_a_body_glides_into_a_wall() -> None:
    """At 0.1 m a frame; the toes are 0.13 m ahead but on the floor, the head 0.02 m."""
    body = walking(12).joints()
    depths = depth_in_scene(body, SignedDistance(wall()))
    assert depths[:10].tolist() == pytest.approx([0.0] * 10, abs=1e-5)
    assert depths[10:].tolist() == pytest.approx([0.02, 0.12], abs=1e-5)
    lifted = body + torch.tensor([0.0, 0.0, FLOOR_BAND])
    assert float(depth_in_scene(lifted, SignedDistance(wall()))[10]) == pytest.approx(
        0.13, abs=1e-5
    )


def test_depths_of_a_clip() -> None:
    depths = torch.tensor([[0.0, 0.01, 0.02, 0.09], [0.0, 0.0, 0.0, 0.3], [9.0, 9.0, 9.0, 9.0]])
    valid = torch.tensor([[True] * 4, [True] * 3 + [False], [False] * 4])
    found = Penetration.of(depths, valid)
    assert found.mean_depth[:2].tolist() == pytest.approx([0.03, 0.0])
    assert found.max_depth[:2].tolist() == pytest.approx([0.09, 0.0])
    assert found.share[:2].tolist() == [0.5, 0.0]
    for values in (found.mean_depth, found.max_depth, found.share):
        assert values[2].isnan()
    assert Penetration.of(depths).max_depth.tolist() == pytest.approx([0.09, 0.3, 9.0])


def test_bodies_in_each_other() -> None:
    one = standing(2).joints()
    facing = standing(2).moved(yaw_matrix(torch.tensor(math.pi)), torch.tensor([0.05, 0.0, 0.0]))
    assert float(depth_in_body(one, facing.joints()).min()) > 0.1
    apart = one + torch.tensor([1.0, 0.0, 0.0])
    assert depth_in_body(torch.stack((one, one)), torch.stack((apart, apart))).tolist() == [
        [0.0, 0.0],
        [0.0, 0.0],
    ]


def test_palms_that_may_touch() -> None:
    """Two T-poses side by side whose palms are in one place: capsules of 3 cm each."""
    one = standing(1).joints()
    palm = float(one[0, 20, 1]) + 0.085
    beside = one + torch.tensor([0.0, 2 * palm, 0.0])
    assert float(depth_in_body(one, beside)) == 0.0
    assert float(depth_in_body(one, beside, spared=())) == pytest.approx(0.06, abs=1e-5)
    assert float(depth_in_body(one, beside, [("right_hand", "left_hand")])) > 0.05


def with_foot(axis: str, degrees: float, lower: float = 0.0) -> Motion:
    """Standing, so many metres lower, with one foot turned at the ankle."""
    motion = standing(1).moved(torch.eye(3), torch.tensor([0.0, 0.0, -lower]))
    rotations = motion.rotations.clone()
    rotations[:, JOINT_INDEX["right_ankle"]] = torch.tensor(turn(axis, degrees)).float()
    return Motion(motion.root_positions, rotations)


def test_standing_feet_are_on_the_floor_and_lowered_ones_below() -> None:
    """Frame by frame 0, 1, 2.5 and 9 cm lower, and then 5 cm higher."""
    lower = torch.tensor([0.0, 0.01, 0.025, 0.09, -0.05])
    still = standing(5)
    roots = still.root_positions.clone()
    roots[:, 2] -= lower
    depths = depth_below_floor(Motion(roots, still.rotations))
    assert depths.tolist() == pytest.approx([0.0, 0.01, 0.025, 0.09, 0.0], abs=1e-5)
    found = Penetration.of(depths[None])
    assert float(found.mean_depth) == pytest.approx(0.025, abs=1e-5)
    assert float(found.share) == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    ("axis", "degrees", "lower", "depth"),
    [
        # Toes down: the sole below the ball, 13 cm ahead, goes down by 13 sin 30 cm, and what is
        # below the ankle comes up to cos 30 of its depth.
        ("y", 30, 0.0, 0.13 * 0.5 + ANKLE_HEIGHT * (math.sqrt(3) / 2 - 1)),
        # Toes up, straight: ankle, and the sole below it on a level with it, are 6.63 cm up.
        ("y", -90, 0.0, 0.0),
        ("y", -90, 0.07, 0.07),  # the other foot stands 7 cm deep
        # On its instep: the sole is above the ankle, which is as high as ever.
        ("x", 180, 0.0, 0.0),
    ],
)
def test_soles_turn_with_feet(axis: str, degrees: float, lower: float, depth: float) -> None:
    found = float(depth_below_floor(with_foot(axis, degrees, lower)))
    assert found == pytest.approx(depth, abs=1e-5)


def test_a_foot_on_its_instep_has_its_ankle() -> None:
    """Both feet turned over, 10 cm lower: ankles are 10 - 6.63 cm deep, soles above them."""
    motion = with_foot("x", 180, 0.1)
    rotations = motion.rotations.clone()
    rotations[:, JOINT_INDEX["left_ankle"]] = rotations[:, JOINT_INDEX["right_ankle"]]
    found = depth_below_floor(Motion(motion.root_positions, rotations))
    assert float(found) == pytest.approx(0.1 - ANKLE_HEIGHT, abs=1e-5)


@given(seeds)
def test_no_depth_is_less_than_that_of_a_ball(seed: int) -> None:
    motion = random_motion(seed, 4, (2,))
    balls = motion.joints()[..., [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]], 2]
    depths = depth_below_floor(motion)
    assert depths.shape == (2, 4)
    assert bool((depths >= -balls.amin(-1)).all() and (depths >= 0).all())
