"""Partner windows: exact resampling, causality, changes of id, losses, and who is chosen."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.partner_config import PartnerConfig
from remogen_ros.perception.partners import PartnerTracker

START_NS = 1_700_000_000_000_000_000
SHAPE = np.random.default_rng(0).normal(0.0, 0.3, (22, 3)) + (0.0, 0.0, 1.0)
VELOCITY = np.array([0.7, -0.3, 0.05])


def ns(seconds: float) -> int:
    return START_NS + round(seconds * 1e9)


def seen(seconds: float, body_id: str = "1", at=None, confidence=None) -> SkeletonDetection:
    """A body that walks with VELOCITY from the origin, or stands at a place."""
    place = VELOCITY * seconds if at is None else np.array([*at, 0.0])
    certain = np.ones(22) if confidence is None else confidence
    return SkeletonDetection(body_id, ns(seconds), "map", SHAPE + place, certain)


def tracker(stamps, config: PartnerConfig | None = None, **kwargs) -> PartnerTracker:
    made = PartnerTracker(config)
    for stamp in stamps:
        made.add([seen(stamp, **kwargs)])
    return made


@st.composite
def irregular_stamps(draw) -> list[float]:
    """Two seconds and more of a tracker of 5 to 60 Hz with 30 % jitter."""
    rate = draw(st.floats(5, 60))
    jitter = draw(st.lists(st.floats(-0.3, 0.3), min_size=int(2.4 * rate), max_size=300))
    return [(i + j) / rate for i, j in enumerate(jitter) if (i + j) / rate < 2.4]


@settings(max_examples=40, deadline=None)
@given(irregular_stamps())
def test_constant_velocity_is_resampled_exactly(stamps: list[float]) -> None:
    now = stamps[-1]
    window = tracker(stamps).window(ns(now), None).window
    assert window.positions.shape == (1, 16, 22, 3)
    assert window.positions.dtype == torch.float32
    assert window.valid.all()
    times = now - np.arange(15, -1, -1) / 10
    expected = SHAPE + times[:, None, None] * VELOCITY
    np.testing.assert_allclose(window.positions[0], expected, atol=2e-6)


@settings(max_examples=40, deadline=None)
@given(irregular_stamps(), st.floats(0, 1.5), st.integers(0, 2**32 - 1))
def test_nothing_newer_than_now_is_looked_at(stamps: list[float], now: float, seed: int) -> None:
    """Whatever way the person went later: the window is bit-equal."""
    rng = np.random.default_rng(seed)
    one, other = PartnerTracker(), PartnerTracker()
    for stamp in stamps:
        one.add([seen(stamp)])
        later = VELOCITY[:2] * stamp + rng.uniform(-0.4, 0.4, 2)
        other.add([seen(stamp, at=later) if ns(stamp) > ns(now) else seen(stamp)])
    first = one.window(ns(now), np.zeros(3))
    second = other.window(ns(now), np.zeros(3))
    assert torch.equal(first.window.positions, second.window.positions)
    assert torch.equal(first.window.valid, second.window.valid)
    assert first.newest_stamp_ns == second.newest_stamp_ns
    assert first.newest_stamp_ns is None or first.newest_stamp_ns <= ns(now)


def test_before_the_first_observation_nothing_is_valid() -> None:
    window = tracker(np.arange(0, 0.5, 0.05)).window(ns(0.5), None).window
    assert window.valid[0, :, 0].tolist() == [False] * 10 + [True] * 6


def test_short_gaps_are_bridged_long_ones_held_then_invalid() -> None:
    config = PartnerConfig(hold_s=0.3, bridge_s=0.4, lost_after_s=5.0)
    bridged = tracker([0.0, 0.1, 0.2, 0.6, 0.7], config).window(ns(0.7), None).window
    np.testing.assert_allclose(
        bridged.positions[0, -4:, 0], SHAPE[0] + np.outer((0.4, 0.5, 0.6, 0.7), VELOCITY), atol=1e-6
    )
    gap = tracker([0.0, 0.1, 0.9, 1.0], config).window(ns(1.0), None).window
    assert gap.valid[0, -11:, 0].tolist() == [True] * 5 + [False] * 4 + [True] * 2
    np.testing.assert_allclose(
        gap.positions[0, -10:-6, 0], np.tile(SHAPE[0] + 0.1 * VELOCITY, (4, 1))
    )
    assert (gap.positions[0, -6:-2] == 0).all()


def test_a_joint_that_flickers_is_interpolated_on_its_own() -> None:
    made = PartnerTracker()
    for i in range(21):
        detection = seen(i / 10)
        if i % 2:
            detection.positions[15] = np.nan
        made.add([detection])
    window = made.window(ns(2.0), None).window
    assert window.valid.all()
    np.testing.assert_allclose(
        window.positions[0, :, 15], SHAPE[15] + np.outer(np.arange(5, 21) / 10, VELOCITY), atol=1e-6
    )


def test_guessed_joints_do_not_count() -> None:
    confidence = np.ones(22)
    confidence[4] = 0.0
    made = tracker(np.arange(0, 2, 0.1), confidence=confidence)
    valid = made.window(ns(1.9), None).window.valid[0]
    assert not valid[:, 4].any()
    assert valid[:, 5].all()


def test_everybody_is_told_of_whoever_is_chosen() -> None:
    made = PartnerTracker(PartnerConfig(policy="nearest"))
    made.add([seen(0.0, "near", at=(1.0, 0.0)), seen(0.0, "by", at=(0.0, 3.0))])
    known = made.window(ns(0.0), np.zeros(3))
    assert known.partner_ids == ("near",)
    pelvis = SHAPE[0, :2]
    assert known.everybody == pytest.approx(np.array([(1.0, 0.0), (0.0, 3.0)]) + pelvis)
    nobody = PartnerTracker(PartnerConfig(policy="id:else"))
    nobody.add([seen(0.0, at=(1.0, 0.0))])
    known = nobody.window(ns(0.0), None)
    assert known.partner_ids == () and len(known.everybody) == 1


def test_everybody_stays_where_they_were_seen_last_until_they_are_lost() -> None:
    made = PartnerTracker(PartnerConfig(hold_s=0.5, lost_after_s=1.0))
    made.add([seen(0.0, at=(1.0, 2.0))])
    for now in (0.0, 0.4, 0.6, 0.95):
        known = made.window(ns(now), None)
        assert known.everybody == pytest.approx(np.array([(1.0, 2.0)]) + SHAPE[0, :2])
    assert known.state == "held" and not known.window.valid[0, -1].any()
    assert made.window(ns(1.05), None).everybody.shape == (0, 2)


def test_somebody_without_a_pelvis_is_where_the_rest_is() -> None:
    confidence = np.ones(22)
    confidence[0] = 0.0
    made = tracker([0.0], at=(1.0, 2.0), confidence=confidence)
    known = made.window(ns(0.0), None).everybody
    assert known == pytest.approx(np.array([(1.0, 2.0)]) + SHAPE[1:, :2].mean(0))


def test_tracked_then_held_then_lost() -> None:
    made = PartnerTracker(PartnerConfig(fresh_s=0.25, lost_after_s=1.0))
    assert made.window(ns(0.0), None).state == "never"
    for stamp in np.arange(0, 2, 0.1):
        made.add([seen(stamp)])
    states = [made.window(ns(now), None).state for now in (1.9, 2.1, 2.2, 2.85, 2.95, 6.9)]
    assert states == ["tracked", "tracked", "held", "held", "lost", "lost"]
    lost = made.window(ns(6.9), None)
    assert lost.window.positions.shape == (0, 16, 22, 3)
    assert lost.partner_ids == ()
    assert lost.newest_stamp_ns is None


def test_reappearing_after_five_seconds_starts_afresh() -> None:
    made = tracker([*np.arange(0, 1, 0.1), 6.0, 6.1])
    snapshot = made.window(ns(6.1), None)
    assert snapshot.state == "tracked"
    assert snapshot.window.valid[0, :, 0].tolist() == [False] * 14 + [True] * 2


def test_equal_and_older_stamps_are_ignored() -> None:
    made = tracker(np.arange(0, 2, 0.1))
    before = made.window(ns(1.9), None).window.positions
    made.add([seen(1.9, at=(9, 9))])
    made.add([seen(1.5, at=(9, 9))])
    assert torch.equal(made.window(ns(1.9), None).window.positions, before)


def test_a_jump_back_in_time_forgets_everything() -> None:
    made = tracker(np.arange(0, 20, 0.1))
    made.add([seen(0.0)])
    snapshot = made.window(ns(0.0), None)
    assert snapshot.newest_stamp_ns == ns(0.0)
    assert snapshot.window.valid[0, :, 0].tolist() == [False] * 15 + [True]


def test_history_goes_on_through_a_change_of_id() -> None:
    made = tracker(np.arange(0, 1.0, 0.1))
    for stamp in np.arange(1.3, 2.0, 0.1):
        made.add([seen(stamp, body_id="7")])
    snapshot = made.window(ns(1.9), None)
    assert snapshot.partner_ids == ("7",)
    assert snapshot.window.valid.all()
    np.testing.assert_allclose(snapshot.window.positions[0, 0], SHAPE + 0.4 * VELOCITY, atol=1e-6)


def test_a_new_id_elsewhere_is_another_person() -> None:
    made = tracker(np.arange(0, 1.0, 0.1))
    made.add([seen(1.1, body_id="7", at=(4.0, 0.0))])
    assert made.window(ns(1.1), np.array([4.0, 0.0, 0.0])).partner_ids == ("7",)
    assert made.window(ns(1.1), np.array([4.0, 0.0, 0.0])).window.valid[0, :-1].sum() == 0


def test_a_new_id_beside_a_visible_person_is_another_person() -> None:
    made = tracker(np.arange(0, 1.0, 0.1))
    made.add([seen(1.0), seen(1.0, body_id="7", at=(0.2, 0.0))])
    config_all = PartnerTracker(PartnerConfig(policy="all"))
    config_all.add([seen(1.0), seen(1.0, body_id="7", at=(0.2, 0.0))])
    assert len(made.window(ns(1.0), None).partner_ids) == 1
    assert config_all.window(ns(1.0), None).partner_ids == ("1", "7")
    assert config_all.window(ns(1.0), None).window.positions.shape == (2, 16, 22, 3)


def two_people(policy: str) -> PartnerTracker:
    made = PartnerTracker(PartnerConfig(policy=policy, switch_margin_m=0.5))
    made.add([seen(0.0, "a", at=(1.0, 0.0)), seen(0.0, "b", at=(3.0, 0.0))])
    return made


def chosen(made: PartnerTracker, seconds: float) -> tuple[str, ...]:
    return made.window(ns(seconds), np.zeros(3)).partner_ids


@pytest.mark.parametrize(
    ("policy", "after_near_tie", "after_clearly_nearer", "after_a_left"),
    [("nearest", "a", "b", "b"), ("locked", "a", "a", "b"), ("id:b", "b", "b", "b")],
)
def test_who_is_chosen(
    policy: str, after_near_tie: str, after_clearly_nearer: str, after_a_left: str
) -> None:
    made = two_people(policy)
    assert chosen(made, 0.0) == ("b" if policy == "id:b" else "a",)
    made.add([seen(0.1, "a", at=(1.0, 0.0)), seen(0.1, "b", at=(0.0, 0.8))])
    assert chosen(made, 0.1) == (after_near_tie,)
    made.add([seen(0.2, "a", at=(2.0, 0.0)), seen(0.2, "b", at=(0.0, 0.8))])
    assert chosen(made, 0.2) == (after_clearly_nearer,)
    for stamp in np.arange(0.3, 2.0, 0.1):
        made.add([seen(stamp, "b", at=(0.0, 0.8))])
    assert chosen(made, 1.9) == (after_a_left,)


def test_a_named_body_is_followed_under_its_new_id_and_nobody_else_is() -> None:
    made = PartnerTracker(PartnerConfig(policy="id:1"))
    for stamp in np.arange(0, 1, 0.1):
        made.add([seen(stamp), seen(stamp, "2", at=(5.0, 5.0))])
    made.add([seen(1.2, "9"), seen(1.2, "2", at=(5.0, 5.0))])
    assert chosen(made, 1.2) == ("9",)
    assert chosen(tracker([0.0], PartnerConfig(policy="id:77")), 0.0) == ()


@pytest.mark.parametrize("policy", ["", "closest", "id:"])
def test_an_unknown_policy_is_refused(policy: str) -> None:
    with pytest.raises(ValidationError, match="must be nearest, locked, all or id"):
        PartnerConfig(policy=policy)


@pytest.mark.parametrize(
    ("before", "after", "whom"),
    [
        ("nearest", "id:b", ("b",)),  # not whom it followed so far
        ("id:b", "id:a", ("a",)),
        ("id:b", "id:nobody", ()),
        ("id:b", "locked", ("b",)),  # onto whom it reacts to, though "a" is nearer
        ("locked", "all", ("a", "b")),
        ("all", "locked", ("a",)),
        ("id:b", "nearest", ("a",)),
        ("id:nobody", "nearest", ("a",)),
    ],
)
def test_another_policy_holds_from_the_next_tick_on(
    before: str, after: str, whom: tuple[str, ...]
) -> None:
    made = two_people(before)
    chosen(made, 0.0)
    made.choose_by(after)
    for stamp in (0.1, 0.2):
        made.add([seen(stamp, "a", at=(1.0, 0.0)), seen(stamp, "b", at=(3.0, 0.0))])
        assert chosen(made, stamp) == whom


def test_who_chose_everybody_locks_onto_nobody_of_before() -> None:
    made = two_people("locked")
    assert chosen(made, 0.0) == ("a",)
    made.choose_by("all")
    assert chosen(made, 0.1) == ("a", "b")
    made.choose_by("locked")
    beside_b = np.array((3.0, 0.5, 1.0))
    assert made.window(ns(0.1), beside_b).partner_ids == ("b",)


def test_a_body_without_any_observed_joint_is_nobody() -> None:
    made = PartnerTracker()
    nothing = np.full((22, 3), np.nan)
    made.add([SkeletonDetection("1", ns(0), "map", nothing, np.zeros(22))])
    made.add([])
    assert made.window(ns(0), None).state == "never"


def test_long_streams_keep_their_newest_frames() -> None:
    """More observations than a track keeps: its ring has turned over several times."""
    stamps = np.arange(0, 20, 1 / 60)
    window = tracker(stamps).window(ns(stamps[-1]), None).window
    expected = SHAPE + (stamps[-1] - np.arange(15, -1, -1) / 10)[:, None, None] * VELOCITY
    np.testing.assert_allclose(window.positions[0], expected, atol=1e-5)


def test_a_window_costs_little() -> None:
    made = tracker(np.arange(0, 4, 1 / 60))
    costs = []
    for _ in range(50):
        begin = time.perf_counter()
        made.window(ns(4.0), np.zeros(3))
        costs.append(time.perf_counter() - begin)
    assert min(costs) < 1e-3
