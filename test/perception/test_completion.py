"""Joints that are filled in: where, how sure, and which never are."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, JOINT_NAMES
from remogen_ros.perception.completion import GUESS_CONFIDENCE, completed, fill_rules
from remogen_ros.perception.transforms import apply_transform
from test.perception.bodies import STANDING

FILLABLE = [JOINT_NAMES[rule.joint] for rule in fill_rules()]
NEVER = sorted(set(JOINT_NAMES) - set(FILLABLE))
HEAD_AHEAD_M = 0.025
"""A head that is filled in lies on the line of the spine, 2 cm behind where it is."""


def without(*names: str) -> tuple[np.ndarray, np.ndarray]:
    positions, confidence = STANDING.copy(), np.ones(22)
    for name in names:
        positions[JOINT_INDEX[name]], confidence[JOINT_INDEX[name]] = np.nan, 0.0
    return positions, confidence


@pytest.mark.parametrize("name", sorted(set(FILLABLE)))
def test_one_missing_joint_is_where_the_standard_body_has_it(name: str) -> None:
    positions, confidence = completed(*without(name))
    tolerance = HEAD_AHEAD_M if name == "head" else 1e-4
    np.testing.assert_allclose(positions, STANDING, atol=tolerance)
    assert confidence[JOINT_INDEX[name]] == GUESS_CONFIDENCE
    assert (np.delete(confidence, JOINT_INDEX[name]) == 1).all()


@pytest.mark.parametrize("rule", fill_rules(), ids=lambda rule: rule.describe())
def test_every_rule_by_itself(rule) -> None:
    needed = {JOINT_NAMES[source] for source in rule.sources}
    others = set(JOINT_NAMES) - needed
    positions, confidence = completed(*without(*others))
    np.testing.assert_allclose(positions[rule.joint], STANDING[rule.joint], atol=HEAD_AHEAD_M)
    assert confidence[rule.joint] == GUESS_CONFIDENCE


def test_all_that_can_be_filled_in_at_once_turned_moved_and_small() -> None:
    """Guesses that rest on guesses are no less sure than what those rest on."""
    turn = (0.1, -0.2, 0.6, 0.75)
    child = apply_transform(0.6 * STANDING, (3.0, -2.0, 1.0), turn)
    positions, confidence = child.copy(), np.full(22, 0.8)
    missing = [JOINT_INDEX[name] for name in FILLABLE]
    positions[missing] = np.nan
    positions, confidence = completed(positions, confidence)
    np.testing.assert_allclose(positions, child, atol=HEAD_AHEAD_M)
    np.testing.assert_allclose(confidence[missing], 0.8 * GUESS_CONFIDENCE)


def test_a_guess_is_as_sure_as_the_least_sure_joint_under_it() -> None:
    positions, confidence = without("spine2")
    confidence[JOINT_INDEX["neck"]] = 0.3
    assert completed(positions, confidence)[1][JOINT_INDEX["spine2"]] == 0.3 * GUESS_CONFIDENCE


@pytest.mark.parametrize("name", NEVER)
def test_limbs_are_never_guessed(name: str) -> None:
    positions, confidence = completed(*without(name))
    assert np.isnan(positions[JOINT_INDEX[name]]).all()
    assert confidence[JOINT_INDEX[name]] == 0


def test_nothing_comes_from_nothing() -> None:
    positions, confidence = completed(np.full((22, 3), np.nan), np.zeros(22))
    assert np.isnan(positions).all() and not confidence.any()


def test_a_foot_without_a_direction_stays_unobserved() -> None:
    positions, confidence = without("left_foot", "right_foot")
    positions[JOINT_INDEX["left_knee"]] = positions[JOINT_INDEX["left_ankle"]]
    positions, _ = completed(positions, confidence)
    assert np.isnan(positions[JOINT_INDEX["left_foot"]]).all()
    assert np.isfinite(positions[JOINT_INDEX["right_foot"]]).all()


def test_what_was_given_is_left_alone() -> None:
    positions, confidence = without("spine1")
    completed(positions, confidence)
    assert np.isnan(positions[JOINT_INDEX["spine1"]]).all()
    assert positions.dtype == np.float64 and ADULT.rest_joints[0, 0] == 0
