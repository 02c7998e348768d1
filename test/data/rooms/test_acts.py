"""Turning, sitting and reaching end where they should, on feet that stay where they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.data.composing.joining import placed
from remogen_ros.data.rooms.acts import reversed_in_time, sat_down
from remogen_ros.data.rooms.furnished_room import Furnishing
from remogen_ros.data.rooms.reaching import reached, surface_points
from remogen_ros.data.rooms.seats import Seat
from remogen_ros.motion.arms import SIDES, Side, elbow_bend, palms
from remogen_ros.motion.legs import Feet
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import JOINT_INDEX
from test.data.bodies import hanging
from test.data.mesh_files import box
from test.data.rooms.furniture_files import room

SEAT = Seat("chair", (0.0, 0.0), 0.0, 0.45)


def joint(motion: Motion, name: str) -> torch.Tensor:
    return motion.joints()[:, JOINT_INDEX[name]]


@pytest.mark.parametrize("yaw", [0.0, 2.0])
def test_sitting_down(yaw: float) -> None:
    seat = Seat("chair", (0.3, -0.2), yaw, 0.45)
    x, y = (np.array(seat.edge) + 0.2 * seat.forward).tolist()
    pose = placed(hanging(1), 0, (x, y), yaw)
    motion = sat_down(pose, seat, free_above=0.5)
    hips = (joint(motion, "left_hip") + joint(motion, "right_hip")) / 2
    assert hips[-1, :2].tolist() == pytest.approx(seat.hips.tolist(), abs=0.03)
    assert float(hips[-1, 2]) == pytest.approx(0.54, abs=0.01)
    assert (joint(motion, "left_knee")[-1] - hips[-1])[2].abs() < 0.12, "thighs lie level"
    feet = Feet.of(motion).ankles
    assert float((feet - Feet.of(pose).ankles).abs().max()) < 2e-3
    lean = joint(motion, "neck") - joint(motion, "pelvis")
    forward = torch.from_numpy(seat.forward).float()
    assert float((lean[:, :2] @ forward).max()) > 0.2, "leans forward on the way"
    assert float(lean[-1, :2] @ forward) < 0.05, "and sits upright"
    thighs = torch.lerp(joint(motion, "left_hip"), joint(motion, "left_knee"), 0.7)
    assert float((palms(motion, "left")[-1] - thighs[-1]).norm()) < 0.13


def test_the_hips_stay_out_of_the_cells_of_the_seat() -> None:
    motion = sat_down(placed(hanging(1), 0, (0.2, 0.0), 0.0), SEAT, free_above=0.6)
    assert float(joint(motion, "left_hip")[-1, 2]) == pytest.approx(0.62, abs=0.01)


def test_getting_up_is_sitting_down_the_other_way_round() -> None:
    down = sat_down(placed(hanging(1), 0, (0.2, 0.0), 0.0), SEAT, free_above=0.5)
    up = reversed_in_time(down)
    assert torch.equal(up.root_positions[0], down.root_positions[-1])
    assert torch.equal(up.rotations[-1], down.rotations[0])


@settings(deadline=None, max_examples=30)
@given(
    ahead=st.floats(0.35, 0.55),
    outwards=st.floats(-0.1, 0.25),
    height=st.floats(0.8, 1.4),
    side=st.sampled_from(SIDES),
)
def test_the_palm_gets_there(ahead: float, outwards: float, height: float, side: Side) -> None:
    pose = hanging(1)
    aside = outwards if side == "left" else -outwards
    target = np.array([ahead, aside, height])
    motion = reached(pose, side, target, held=4)
    assert motion is not None
    palm = palms(motion, side)[9:14]
    assert float((palm - torch.from_numpy(target).float()).norm(dim=-1).max()) < 0.01
    assert float((Feet.of(motion).ankles - Feet.of(pose).ankles).abs().max()) < 2e-3
    assert float(elbow_bend(motion, side).max()) < np.radians(151)
    back = palms(motion, side)[-1] - palms(pose, side)[0]
    assert float(back.norm()) < 2e-3, "and comes back"


def test_no_lean_where_none_is_needed_and_nothing_out_of_reach() -> None:
    pose = hanging(1)
    motion = reached(pose, "left", np.array([0.4, 0.2, 1.3]), held=2)
    assert motion is not None
    assert float((motion.rotations[:, 0] - pose.rotations[:, 0]).abs().max()) < 1e-5
    assert reached(pose, "left", np.array([1.5, 0.2, 1.3]), held=2) is None


def test_surfaces_are_where_a_hand_can_be() -> None:
    table = Furnishing(box((1.0, 1.0, 0.7), (1.8, 1.6, 0.78), "table"))
    shelf = Furnishing(box((3.0, 1.0, 0.0), (3.8, 1.4, 1.9), "wardrobe"))
    lamp = Furnishing(box((1.2, 1.2, 0.9), (1.4, 1.4, 1.0), "lamp"))
    points, numbers = surface_points(room(table, shelf, lamp))
    assert set(numbers.tolist()) == {0, 2}, "nobody reaches onto a wardrobe"
    on_table = points[numbers == 0]
    assert on_table[:, 2] == pytest.approx(np.full(len(on_table), 0.84))
    under_lamp = (np.abs(on_table[:, :2] - 1.3) < 0.1).all(1)
    assert not under_lamp.any() and len(on_table) == 8 * 6 - 4
