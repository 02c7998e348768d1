"""The URDF, read by a parser of others, moves as the body does."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
import yourdfpy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.avatar import AVATAR_JOINT_NAMES, avatar_joint_positions
from remogen_ros.embodiment.link_tree import LinkTree
from remogen_ros.embodiment.shape import BODY_MASS
from remogen_ros.embodiment.urdf import avatar_urdf
from remogen_ros.motion.kinematics import forward_kinematics_numpy
from remogen_ros.motion.skeleton import ADULT, JOINT_NAMES

URDF = avatar_urdf()


@pytest.fixture(scope="module")
def robot() -> yourdfpy.URDF:
    return yourdfpy.URDF.load(io.BytesIO(URDF.encode()), load_meshes=False)


def body_joints(joint_rotations: np.ndarray) -> np.ndarray:
    """(22, 3) in the frame of the pelvis."""
    matrices = Rotation.from_quat(joint_rotations).as_matrix()
    matrices[0] = np.eye(3)
    return forward_kinematics_numpy(matrices, np.zeros(3))


def test_it_is_one_valid_tree_from_the_pelvis(robot):
    assert robot.validate()
    assert robot.base_link == "pelvis"
    assert set(JOINT_NAMES) <= set(robot.link_map)
    assert len(robot.link_map) == 22 + 2 * 21


def test_it_has_the_joints_of_the_joint_states(robot):
    assert sorted(robot.actuated_joint_names) == sorted(AVATAR_JOINT_NAMES)
    assert sorted(LinkTree(URDF).movable_joints) == sorted(AVATAR_JOINT_NAMES)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_its_kinematics_are_those_of_the_body(robot, seed):
    rotations = Rotation.random(22, random_state=seed).as_quat()
    positions = avatar_joint_positions(rotations)
    robot.update_cfg(dict(zip(AVATAR_JOINT_NAMES, positions, strict=True)))
    links = np.array([robot.get_transform(name)[:3, 3] for name in JOINT_NAMES])
    assert np.abs(links - body_joints(rotations)).max() < 1e-5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_our_own_link_tree_agrees(seed):
    rotations = Rotation.random(22, random_state=seed).as_quat()
    positions = avatar_joint_positions(rotations)
    transforms = LinkTree(URDF).transforms(dict(zip(AVATAR_JOINT_NAMES, positions, strict=True)))
    place = {"pelvis": (Rotation.identity(), np.zeros(3))}
    for transform in transforms:
        rotation, translation = place[transform.parent]
        place[transform.child] = (
            rotation * Rotation.from_quat(transform.rotation),
            translation + rotation.apply(transform.translation),
        )
    links = np.array([place[name][1] for name in JOINT_NAMES])
    assert np.abs(links - body_joints(rotations)).max() < 1e-5


def test_masses_add_up_and_every_inertia_is_physical(robot):
    masses = [link.inertial.mass for link in robot.link_map.values()]
    assert sum(masses) == pytest.approx(BODY_MASS + 42 * 0.01)
    for link in robot.link_map.values():
        moments = np.linalg.eigvalsh(link.inertial.inertia)
        assert moments[0] > 0
        assert moments[2] <= moments[0] + moments[1] + 1e-9, link.name


def test_another_skeleton_gives_its_own_offsets():
    child = yourdfpy.URDF.load(io.BytesIO(avatar_urdf(ADULT.scaled(0.5)).encode()))
    knee = child.joint_map["left_knee_y"].origin
    assert knee[:3, 3] == pytest.approx([0.0, 0.0, -0.5 * 0.245 * 1.70])


def test_rep120_frames_hang_below_the_body():
    tree = LinkTree(avatar_urdf(link_names="rep120"))
    fixed = {transform.child: transform for transform in tree.fixed_transforms()}
    assert {"base_link", "torso", "l_wrist", "r_wrist", "l_sole", "r_sole", "gaze"} <= set(fixed)
    assert fixed["base_link"].parent == "pelvis"
    assert fixed["r_sole"].translation == pytest.approx([0.0, 0.0, -0.039 * 1.70])
    assert not LinkTree(URDF).fixed_transforms()


def test_a_link_tree_leaves_out_what_it_does_not_know():
    tree = LinkTree(URDF)
    (only,) = tree.transforms({"left_knee_y": 0.5, "left_knee_x": np.nan, "tail": 1.0}, "a/")
    assert (only.parent, only.child) == ("a/left_hip", "a/left_knee_y_link")
    assert only.rotation == pytest.approx(Rotation.from_euler("y", 0.5).as_quat())
    assert tree.transforms({}) == []


def test_a_slider_slides_along_its_turned_axis():
    tree = LinkTree(
        "<robot name='r'><joint name='s' type='prismatic'><parent link='a'/><child link='b'/>"
        "<origin xyz='1 2 3' rpy='0 0 1.5707963267948966'/><axis xyz='2 0 0'/></joint></robot>"
    )
    (transform,) = tree.transforms({"s": 0.25})
    assert transform.translation == pytest.approx([1.0, 2.25, 3.0])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("<robot", "<robot <"), "not valid XML"),
        (('type="revolute"', 'type="wobbly"'), "left_hip_y.*unknown type 'wobbly'"),
        (('<parent link="pelvis" />', ""), "left_hip_y.*lacks its parent"),
        (('<axis xyz="0 1 0" />', '<axis xyz="0 up 0" />'), "left_hip_y.*malformed"),
        (('<axis xyz="0 1 0" />', '<axis xyz="0 1" />'), "left_hip_y.*not three numbers"),
    ],
)
def test_a_broken_description_is_named_in_one_sentence(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        LinkTree(URDF.replace(*change))


def test_a_description_without_joints_is_refused():
    robot = ElementTree.tostring(ElementTree.Element("robot", name="r"), encoding="unicode")
    with pytest.raises(ValueError, match="no joints"):
        LinkTree(robot)
