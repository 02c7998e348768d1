"""SMPL's T-pose becomes ours, in worlds with either axis up, and left stays left."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.data.retarget import retarget, retarget_together
from remogen_ros.data.smpl import Up, smpl_joint_map, smpl_motion
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_INDEX
from test.data.datasets.smpl_files import walking, with_left_arm_up, z_up

TIMES = np.arange(30) / 30


@pytest.mark.parametrize("up", ["y", "z"])
def test_the_t_pose_walks_the_way_it_faces(up: Up) -> None:
    pose, translation = walking(30, 30.0)
    if up == "z":
        pose, translation = z_up(pose, translation)
    motion = retarget(smpl_motion(pose, translation, TIMES), smpl_joint_map(up))
    joints = motion.joints().numpy()
    way = joints[-1, 0] - joints[0, 0]
    forward = way / np.linalg.norm(way)
    assert forward == pytest.approx([1, 0, 0] if up == "y" else [0, -1, 0], abs=1e-5)
    assert 0.95 < np.linalg.norm(way) / (29 / 30) < 1.15, "scaled by the legs"
    left = joints[0, JOINT_INDEX["left_wrist"]] - joints[0, JOINT_INDEX["right_wrist"]]
    assert np.cross([0, 0, 1], forward) @ left > 1.0, "the left hand is on the left"
    toes = joints[0, JOINT_INDEX["left_foot"]] - joints[0, JOINT_INDEX["left_ankle"]]
    assert toes @ forward > 0.1
    assert joints[..., 2].min() == pytest.approx(0.016, abs=0.005), "on the floor"
    assert joints[0, JOINT_INDEX["head"], 2] > 1.4


def test_a_raised_left_arm_is_a_raised_left_arm() -> None:
    pose, translation = walking(30, 30.0, speed=0.0)
    motion = retarget(smpl_motion(with_left_arm_up(pose), translation, TIMES), smpl_joint_map("y"))
    joints = motion.joints()[0]
    upper_arm = joints[JOINT_INDEX["left_elbow"]] - joints[JOINT_INDEX["left_shoulder"]]
    assert float(upper_arm[2] / upper_arm.norm()) > 0.98
    other = joints[JOINT_INDEX["right_elbow"]] - joints[JOINT_INDEX["right_shoulder"]]
    assert float(other[1] / other.norm()) < -0.98


def test_two_people_keep_one_floor_and_their_places() -> None:
    """The second hovers 30 cm over the first, as on a stool, and stands 2 m before the first."""
    pose, translation = walking(30, 30.0, speed=0.0)
    other = translation + np.array([0.0, 0.3, 2.0])
    clips = [smpl_motion(pose, where, TIMES) for where in (translation, other)]
    first, second = retarget_together(clips, smpl_joint_map("y"))
    apart = (second.root_positions - first.root_positions)[0].numpy()
    assert apart[1] == pytest.approx(0.0, abs=1e-6)
    assert apart[0] / apart[2] == pytest.approx(2.0 / 0.3, rel=1e-4)
    assert first.joints()[..., 2].min() < 0.05


def test_parameters_that_do_not_fit() -> None:
    pose, translation = walking(30, 30.0)
    with pytest.raises(UserError, match="same T"):
        smpl_motion(pose[:20], translation, TIMES)
    translation[3, 1] = np.nan
    with pytest.raises(UserError, match="not finite"):
        smpl_motion(pose, translation, TIMES)
