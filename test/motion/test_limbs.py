"""Two bones, bent by the law of cosines, swung the shortest way."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from remogen_ros.motion.limbs import bent, shortest_turn
from remogen_ros.motion.rotations import geodesic_angle

UPPER, LOWER = torch.tensor([0.0, 0.3, 0.0]), torch.tensor([0.0, 0.4, 0.0])
HINGE = torch.tensor([0.0, 0.0, -1.0])


def test_a_right_angle_folds_three_and_four_to_five() -> None:
    joint = bent(torch.eye(3), HINGE, UPPER, LOWER, torch.tensor(0.5))
    assert float(geodesic_angle(joint, torch.eye(3))) == pytest.approx(math.pi / 2, abs=1e-5)
    torch.testing.assert_close(joint @ LOWER, torch.tensor([0.4, 0.0, 0.0]), atol=1e-6, rtol=0)


@given(start=st.floats(0.0, 2.5), distance=st.floats(0.15, 0.69))
def test_the_ends_are_as_far_apart_as_wanted_whatever_the_bend_was(
    start: float, distance: float
) -> None:
    before = bent(torch.eye(3), HINGE, UPPER, LOWER, torch.tensor(0.7 * math.cos(start / 2)))
    joint = bent(before, HINGE, UPPER, LOWER, torch.tensor(distance))
    assert float((UPPER + joint @ LOWER).norm()) == pytest.approx(distance, abs=1e-4)
    assert float((joint @ LOWER)[0]) > 0, "folded forward"


def test_the_shortest_turn_of_a_right_angle() -> None:
    turn = shortest_turn(torch.tensor([2.0, 0.0, 0.0]), torch.tensor([0.0, 3.0, 0.0]))
    torch.testing.assert_close(turn @ torch.tensor([2.0, 0, 0]), torch.tensor([0.0, 2.0, 0.0]))
    torch.testing.assert_close(turn @ torch.tensor([0.0, 0, 1]), torch.tensor([0.0, 0.0, 1.0]))
