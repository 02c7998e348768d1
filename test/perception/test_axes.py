"""Trackers whose y is up."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.perception.axes import AXES_NAMES, FROM_Y_UP, upright
from remogen_ros.perception.detections import SkeletonDetection
from test.perception.bodies import STANDING, joint

METRES = arrays(np.float64, (22, 3), elements=st.floats(-50.0, 50.0))


def body(positions: np.ndarray) -> SkeletonDetection:
    return SkeletonDetection("1", 5, "mocap", positions, np.full(22, 0.5))


def test_left_up_and_ahead_are_where_rep_103_has_them() -> None:
    """One metre to the left, two up, three ahead: x is ahead, y left, z up."""
    assert AXES_NAMES == ("z_up", "y_up")
    turned = upright(body(np.tile((1.0, 2.0, 3.0), (22, 1))), "y_up")
    assert turned.positions[7].tolist() == [3.0, 1.0, 2.0]


@given(METRES)
def test_it_is_a_turn_that_can_be_taken_back(positions: np.ndarray) -> None:
    turned = upright(body(positions), "y_up")
    assert (turned.positions @ FROM_Y_UP == positions).all()
    np.testing.assert_allclose(
        turned.positions,
        Rotation.from_rotvec(np.full(3, 2.0 * np.pi / 3.0 / np.sqrt(3.0))).apply(positions),
        atol=1e-9,
    )


def test_who_has_z_up_and_what_is_not_observed_stay_as_they_are() -> None:
    seen = body(STANDING)
    assert upright(seen, "z_up") is seen
    positions = STANDING.copy()
    positions[JOINT_INDEX["head"]] = np.nan
    turned = upright(body(positions), "y_up")
    assert np.isnan(joint(turned.positions, "head")).all()
    assert np.isfinite(turned.positions).sum() == 63
    assert (turned.body_id, turned.stamp_ns, turned.frame_id) == ("1", 5, "mocap")
