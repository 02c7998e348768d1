"""The figure stands where its joints are, and is as tall and as wide as a person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.rendering.figure import part_poses, posed_surface
from remogen_ros.rendering.figure_parts import PARTS
from remogen_ros.rendering.lofts import capsule, ellipsoid
from test.rendering.figures import standing

NAMES = [part.name for part in PARTS]


def vertices(joints: np.ndarray, *names: str) -> np.ndarray:
    poses = part_poses(joints)
    rows = [NAMES.index(name) for name in names] or range(len(PARTS))
    return np.concatenate([posed_surface(PARTS[row], poses, row).vertices for row in rows])


def volume(surface: object) -> float:
    a, b, c = (surface.vertices[surface.faces[:, k]].astype(np.float64) for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def test_shapes_are_closed_and_face_outwards():
    ball = ellipsoid((0.1, 0.1, 0.1), (0.0, 0.0, 0.0))
    assert volume(ball) == pytest.approx(4.0 / 3.0 * np.pi * 1e-3, rel=0.05)
    limb = capsule(0.4, 0.05, 0.05)
    assert volume(limb) == pytest.approx(np.pi * 0.05**2 * (0.4 + 4.0 / 3.0 * 0.05), rel=0.05)
    for part in PARTS:
        shape = part.shape
        assert volume(shape) > 0.0, part.name
        edges = np.sort(
            np.concatenate([shape.faces[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))])
        )
        assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all(), part.name
        outward = (shape.normals * (shape.vertices - shape.vertices.mean(0))).sum(1)
        assert (outward > 0).mean() > 0.97, part.name


def test_the_standing_adult_is_a_metre_seventy_with_soles_on_the_floor():
    points = vertices(standing())
    assert points[:, 2].max() == pytest.approx(1.70, abs=0.01)
    assert points[:, 2].min() == pytest.approx(0.0, abs=0.005)
    toes = vertices(standing(), "left_foot")[:, 0].max()
    heels = vertices(standing(), "left_foot")[:, 0].min()
    assert toes - heels == pytest.approx(0.265, abs=0.01)


def test_the_visor_is_on_the_side_the_body_faces():
    visor = vertices(standing(yaw=90.0), "visor").mean(0)
    head = vertices(standing(yaw=90.0), "head").mean(0)
    assert visor[1] - head[1] > 0.02
    assert abs(visor[0] - head[0]) < 1e-3


@given(st.integers(0, 2**32 - 1))
def test_turning_and_moving_the_body_turns_and_moves_the_figure(seed):
    turn = Rotation.random(random_state=seed)
    shift = np.array((1.0, -2.0, 0.5))
    still = standing()
    moved = vertices(turn.apply(still) + shift)
    np.testing.assert_allclose(moved, turn.apply(vertices(still)) + shift, atol=2e-5)


def test_a_child_is_drawn_as_a_smaller_figure():
    np.testing.assert_allclose(vertices(0.6 * standing()), 0.6 * vertices(standing()), atol=1e-5)


def test_a_longer_bone_stretches_only_its_part():
    joints = standing()
    joints[JOINT_INDEX["left_wrist"], 1] += 0.1
    poses = part_poses(joints)
    forearm, thigh = NAMES.index("left_forearm"), NAMES.index("left_hip")
    assert poses.scales[forearm] == pytest.approx((1.0, 1.0, (0.146 * 1.7 + 0.1) / (0.146 * 1.7)))
    assert poses.scales[thigh] == pytest.approx((1.0, 1.0, 1.0))


def test_parts_of_joints_that_were_not_observed_are_not_seen():
    joints = standing()
    joints[JOINT_INDEX["left_wrist"]] = np.nan
    hidden = {
        part.name for part, seen in zip(PARTS, part_poses(joints).seen, strict=True) if not seen
    }
    assert hidden == {"left_elbow", "left_forearm", "left_wrist"}
    assert not part_poses(np.full((22, 3), np.nan)).seen.any()


def test_a_collapsed_bone_is_not_drawn_but_breaks_nothing():
    poses = part_poses(np.zeros((22, 3)))
    assert not poses.seen.any()
    assert np.isfinite(poses.positions).all()
