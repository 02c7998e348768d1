"""Poses that come ten times a second are shown as even motion."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.rendering.playout import Playout
from test.rendering.figures import standing


def place(playout: Playout, now: float) -> float:
    joints = playout.at(now)
    assert joints is not None
    return float(joints[0, 0])


def test_nothing_is_shown_before_the_first_pose():
    assert Playout().at(0.0) is None


def test_between_two_poses_the_body_moves_evenly():
    playout = Playout()
    playout.add(standing(0.0), 1.0)
    playout.add(standing(0.1), 1.1)
    shown = [place(playout, now) for now in (1.1, 1.125, 1.15, 1.2, 1.5)]
    assert shown == pytest.approx([0.0, 0.025, 0.05, 0.1, 0.1])


def test_an_early_pose_does_not_make_the_body_jump():
    playout = Playout()
    for arrival, x in ((1.0, 0.0), (1.1, 0.1), (1.15, 0.2)):
        playout.add(standing(x), arrival)
    assert place(playout, 1.15) == pytest.approx(0.05)
    assert place(playout, 1.2) < 0.15 < place(playout, 1.23)


def test_a_body_that_is_put_elsewhere_does_not_fly_there():
    playout = Playout()
    playout.add(standing(0.0), 1.0)
    playout.add(standing(2.0), 1.1)
    assert place(playout, 1.1001) == pytest.approx(2.0)


def test_a_body_that_is_not_heard_of_goes():
    playout = Playout(expires_s=0.5)
    playout.add(standing(), 1.0)
    assert playout.at(1.49) is not None
    assert playout.at(1.51) is None
    playout.add(standing(0.3), 3.0)
    assert place(playout, 3.0) == pytest.approx(0.3)


def test_a_joint_that_comes_into_view_is_shown_at_once():
    playout = Playout()
    first = standing()
    first[20] = np.nan
    playout.add(first, 1.0)
    playout.add(standing(0.1), 1.1)
    joints = playout.at(1.11)
    assert joints is not None
    assert joints[20] == pytest.approx(standing(0.1)[20])
