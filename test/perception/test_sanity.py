"""Bodies that cannot be: said once each, and only when it stays so."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.motion.skeleton import JOINT_INDEX, MIRRORED_JOINTS
from remogen_ros.perception.axes import FROM_Y_UP
from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.sanity import CAPACITY, IN_A_ROW, BodyChecks, oddities
from remogen_ros.perception.transforms import OPTICAL_TO_BODY, matrix_from_quaternion
from test.perception.bodies import STANDING

MIRRORED = list(MIRRORED_JOINTS)


def seen(positions: np.ndarray, body_id: str = "1") -> SkeletonDetection:
    return SkeletonDetection(body_id, 1, "odom", positions, np.ones(22))


def swapped(*names: str) -> np.ndarray:
    positions = STANDING.copy()
    for name in names:
        left, right = JOINT_INDEX[f"left_{name}"], JOINT_INDEX[f"right_{name}"]
        positions[[left, right]] = positions[[right, left]]
    return positions


@pytest.mark.parametrize("yaw", np.linspace(0, 6, 7))
def test_a_standing_body_is_not_odd_whichever_way_it_looks(yaw: float) -> None:
    turn = matrix_from_quaternion((0.0, 0.0, np.sin(yaw / 2), np.cos(yaw / 2)))
    assert oddities(STANDING @ turn.T) == []


@pytest.mark.parametrize(
    "positions, said",
    [
        (STANDING @ OPTICAL_TO_BODY, []),  # lies: its head is as high as its pelvis, or nearly
        (STANDING * (1, 1, -1), ["head below its pelvis"]),
        (swapped("hip"), ["hips the other way round"]),
        (STANDING[MIRRORED], ["pointing backwards"]),
        (np.full((22, 3), np.nan), []),
    ],
    ids=["lying", "upside down", "hips", "mirrored", "nobody"],
)
def test_what_is_odd(positions: np.ndarray, said: list[str]) -> None:
    found = oddities(positions)
    assert len(found) == len(said)
    assert all(words in oddity for words, oddity in zip(said, found, strict=True))


def facing(yaw: float) -> np.ndarray:
    turn = matrix_from_quaternion((0.0, 0.0, np.sin(yaw / 2), np.cos(yaw / 2)))
    return STANDING @ turn.T


@pytest.mark.parametrize("yaw", np.linspace(0, 6, 7))
def test_a_tracker_whose_y_is_up_is_told_what_to_set(yaw: float) -> None:
    told = facing(yaw) @ FROM_Y_UP  # back to y up
    (oddity,) = oddities(told)
    assert "set tracker_axes to y_up" in oddity
    # The same behind a transform that turns about the vertical, and moves.
    (turned,) = oddities(told[:, [1, 0, 2]] * (-1, 1, 1) + (3.0, 2.0, 1.0), told)
    assert turned == oddity


def test_who_lies_or_stands_is_told_nothing_of_axes() -> None:
    along_x = STANDING[:, [2, 1, 0]] * (1, 1, -1)  # on the back, head towards x
    assert not any("tracker_axes" in oddity for oddity in oddities(along_x))
    # Who stands, in an optical frame or in one whose y is up: the transform has seen to it.
    for told in (STANDING @ OPTICAL_TO_BODY, STANDING @ FROM_Y_UP):
        assert oddities(STANDING, told) == []
    assert oddities(np.zeros((22, 3))) == []


def test_an_oddity_is_told_once_a_body_when_it_stays() -> None:
    checks = BodyChecks()
    told = [checks.news(seen(STANDING * (1, 1, -1))) for _ in range(5 * IN_A_ROW)]
    assert [len(news) for news in told].count(1) == 1
    assert told[IN_A_ROW - 1][0].startswith("body '1' has its head below")
    assert sum(len(checks.news(seen(STANDING * (1, 1, -1), "2"))) for _ in range(IN_A_ROW)) == 1


def test_bending_over_for_a_moment_is_not_odd() -> None:
    checks = BodyChecks()
    for _ in range(5):
        for _ in range(IN_A_ROW - 1):
            assert checks.news(seen(STANDING * (1, 1, -1))) == []
        assert checks.news(seen(STANDING)) == []


def test_memory_is_bounded() -> None:
    checks = BodyChecks()
    for number in range(3 * CAPACITY):
        checks.news(seen(STANDING, str(number)))
    assert len(checks._rows) == CAPACITY
