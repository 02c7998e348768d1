"""Who is who: ids that change, change over or are used again, and trackers that disagree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.perception.bones import limb_lengths
from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.partner_config import PartnerConfig
from remogen_ros.perception.partners import PartnerTracker
from remogen_ros.perception.people import MOST_PEOPLE, People
from test.perception.bodies import STANDING

START_NS = 1_700_000_000_000_000_000
CAMERA, OTHER = "kinect", "zed"
HERE, THERE = (1.0, 0.0), (4.0, 0.0)


def ns(seconds: float) -> int:
    return START_NS + round(seconds * 1e9)


def seen(
    seconds: float, body_id: str, at: tuple[float, float], size: float = 1.0
) -> SkeletonDetection:
    """A standing body of some size."""
    positions = size * STANDING + (*at, 0.0)
    return SkeletonDetection(body_id, ns(seconds), "map", positions, np.ones(22))


def people(**config: object) -> People:
    return People(PartnerConfig(**config))  # type: ignore[arg-type]


def names(made: People) -> list[list[str]]:
    return sorted(track.ids for track in made.tracks)


def place(made: People, body_id: str) -> np.ndarray:
    (track,) = [track for track in made.tracks if track.body_id == body_id]
    return track.place(track.newest_stamp_ns)


def test_limbs_keep_their_lengths_however_a_tracker_jitters() -> None:
    """And the arms of one who is not steadied do not."""
    random = np.random.default_rng(0)
    made, raw = people(), people(steady_limbs=False)
    for frame in range(60):
        body = seen(frame / 15, "1", HERE)
        body.positions[:] += random.normal(0.0, 0.02, (22, 3))
        for each in (made, raw):
            each.add([body], CAMERA)
    now = ns(59 / 15) - np.arange(20, -1, -1) * 66_666_667
    spreads = []
    for each in (made, raw):
        positions, valid = each.tracks[0].resampled(now, 0.5, 0.5)
        assert valid.all()
        spreads.append(np.std([limb_lengths(body) for body in positions[5:]], axis=0).max())
    steadied, jittering = spreads
    assert steadied < 0.01 < 0.02 < jittering


def test_one_wild_wrist_stretches_no_arm() -> None:
    made = people()
    for frame in range(20):
        made.add([seen(frame / 10, "1", HERE)], CAMERA)
    body = seen(2.0, "1", HERE)
    body.positions[JOINT_INDEX["left_wrist"]] += (0.0, 2.0, 0.0)
    made.add([body], CAMERA)
    positions, _ = made.tracks[0].resampled(np.array([ns(2.0)]), 0.5, 0.5)
    np.testing.assert_allclose(limb_lengths(positions[0]), limb_lengths(STANDING), atol=1e-6)


def test_ids_that_change_over_are_seen_through() -> None:
    made = people()
    for frame in range(10):
        made.add([seen(frame / 10, "1", HERE), seen(frame / 10, "2", THERE)], CAMERA)
    first, second = made.tracks
    made.add([seen(1.0, "2", HERE), seen(1.0, "1", THERE)], CAMERA)
    assert made.tracks == [first, second]
    assert (first.body_id, second.body_id) == ("2", "1")
    np.testing.assert_allclose(first.place(ns(1.0)), HERE, atol=0.1)


def test_ids_that_change_over_side_by_side_are_seen_through() -> None:
    """A metre apart, each could have gone to the other's place."""
    made = people()
    beside = (HERE[0], HERE[1] + 1.0)
    for frame in range(10):
        made.add([seen(frame / 10, "1", HERE), seen(frame / 10, "2", beside)], CAMERA)
    first, second = made.tracks
    made.add([seen(1.0, "2", HERE), seen(1.0, "1", beside)], CAMERA)
    assert (first.body_id, second.body_id) == ("2", "1")


def test_people_who_pass_each_other_keep_their_ids() -> None:
    made = people()
    for frame in range(30):
        x = -2.0 + 4.0 * frame / 29
        made.add([seen(frame / 10, "1", (x, 0.0)), seen(frame / 10, "2", (-x, 0.35))], CAMERA)
    assert names(made) == [["1"], ["2"]]


def test_the_partner_stays_the_partner_when_ids_change_over() -> None:
    for policy in ("locked", "nearest", "id:1"):
        made = PartnerTracker(PartnerConfig(policy=policy))
        for frame in range(10):
            made.add([seen(frame / 10, "1", HERE), seen(frame / 10, "2", THERE)])
            made.window(ns(frame / 10), np.zeros(3))
        made.add([seen(1.0, "2", HERE), seen(1.0, "1", THERE)])
        snapshot = made.window(ns(1.0), np.zeros(3))
        assert snapshot.partner_ids == ("2",), policy
        assert snapshot.window.positions[0, -1, 0, 0] == pytest.approx(HERE[0], abs=0.01)


def test_one_walks_out_and_another_comes_in_at_the_door_opposite() -> None:
    """A tracker that counts who is there from zero gives the second the first one's id."""
    made = PartnerTracker(PartnerConfig(policy="locked"))
    for frame in range(11):
        made.add([seen(frame / 10, "0", (frame / 10, 2.0))])
    assert made.window(ns(1.0), None).partner_ids == ("0",)
    for frame in range(13, 20):
        made.add([seen(frame / 10, "0", (-3.0, -2.0))])
    snapshot = made.window(ns(1.9), None)
    joints, valid = snapshot.window.positions[0], snapshot.window.valid[0]
    assert snapshot.state == "held", "locked onto who has gone, until lost"
    assert (joints[valid][:, 1] > 0).all()
    for frame in range(20, 25):
        made.add([seen(frame / 10, "0", (-3.0, -2.0))])
    snapshot = made.window(ns(2.4), None)
    joints, valid = snapshot.window.positions[0], snapshot.window.valid[0]
    assert snapshot.state == "tracked"
    assert (joints[valid][:, 1] < 0).all(), "nobody flies from one door to the other"
    assert not valid[:4].any()


def test_another_who_comes_in_at_the_same_door_is_told_by_size() -> None:
    made = people()
    for frame in range(15):
        made.add([seen(frame / 10, "1", HERE)], CAMERA)
    made.add([seen(2.0, "2", HERE, size=0.65)], CAMERA)
    assert names(made) == [["1"], ["2"]]
    made.add([seen(2.1, "2", HERE, size=0.65), seen(2.1, "3", HERE, size=1.05)], CAMERA)
    assert names(made) == [["1", "3"], ["2"]]


def test_of_two_who_come_back_each_is_known_by_size() -> None:
    """Both were hidden, and both come back half way between where they were."""
    made = people()
    left, right, between = (1.0, 0.0), (1.0, 0.8), (1.0, 0.4)
    for frame in range(15):
        made.add(
            [seen(frame / 10, "tall", left, 1.1), seen(frame / 10, "short", right, 0.95)], CAMERA
        )
    made.add([seen(1.9, "a", between, 0.95), seen(1.9, "b", between, 1.1)], CAMERA)
    assert names(made) == [["short", "a"], ["tall", "b"]]


def test_a_body_that_jumps_for_one_frame_comes_back() -> None:
    made = people()
    for frame in range(10):
        made.add([seen(frame / 10, "1", HERE)], CAMERA)
    (first,) = made.tracks
    made.add([seen(1.0, "1", THERE)], CAMERA)
    made.add([seen(1.1, "1", HERE)], CAMERA)
    assert first.newest_stamp_ns == ns(1.1)
    np.testing.assert_allclose(first.place(ns(1.0)), HERE, atol=0.1)


def test_a_late_message_under_the_old_id_is_not_another_person() -> None:
    made = people()
    for frame in range(10):
        made.add([seen(frame / 10, "1", HERE)], CAMERA)
    made.add([seen(1.1, "7", HERE)], CAMERA)
    made.add([seen(1.0, "1", HERE)], CAMERA)
    assert names(made) == [["1", "7"]]


@settings(max_examples=20)
@given(st.permutations(range(12)), st.lists(st.integers(0, 11), max_size=8))
def test_messages_out_of_order_or_twice_are_one_person_in_order(
    order: list[int], again: list[int]
) -> None:
    made = people(jump_s=5.0)
    newest = -1
    for frame in (*order, *again):
        made.add([seen(frame / 10, "1", (frame / 10, 0.0))], CAMERA)
        newest = max(newest, frame)
        (track,) = made.tracks
        assert track.newest_stamp_ns == ns(newest / 10)
        np.testing.assert_allclose(track.place(ns(newest / 10))[0], newest / 10, atol=0.05)


def test_who_is_followed_but_does_not_move_is_not_taken_for_a_newcomer() -> None:
    """People on TF come one by one; who has not moved since the last look is there all the same."""
    made = people()
    made.add([seen(0.0, "a", HERE), seen(0.0, "b", (1.4, 0.0))], CAMERA)
    made.add([seen(0.1, "c", (1.2, 0.0))], CAMERA, present=["a", "b", "c"])
    assert names(made) == [["a"], ["b"], ["c"]]
    lonely = people()
    lonely.add([seen(0.0, "a", HERE)], CAMERA)
    lonely.add([seen(0.1, "c", HERE)], CAMERA, present=["c"])
    assert names(lonely) == [["a", "c"]]


def test_one_person_before_two_trackers_is_one_and_that_is_said_once() -> None:
    made = people()
    news = []
    for frame in range(30):
        news += made.add([seen(frame / 10, "1", HERE)], CAMERA)
        news += made.add([seen(frame / 10 + 0.03, "1", (1.2, 0.1))], OTHER)
    assert names(made) == [["1"]]
    assert made.tracks[0].source == CAMERA
    np.testing.assert_allclose(place(made, "1"), HERE, atol=0.1)
    (sentence,) = news
    for words in ("body '1'", "'kinect' sees the same person", "parameter tracker"):
        assert words in sentence


def test_the_other_tracker_is_believed_when_the_first_has_lost_the_person() -> None:
    """And goes on with that person's history, until it loses the person in its turn."""
    made = people()
    for frame in range(10):
        made.add([seen(frame / 10, "1", HERE)], CAMERA)
        made.add([seen(frame / 10 + 0.02, "9", HERE)], OTHER)
    (track,) = made.tracks
    for frame in range(10, 20):
        made.add([seen(frame / 10 + 0.02, "9", HERE)], OTHER)
    assert made.tracks == [track] and track.source == OTHER
    assert track.ids == ["1", "9"]
    for frame in range(20, 30):
        made.add([seen(frame / 10, "1", HERE)], CAMERA)
        made.add([seen(frame / 10 + 0.02, "9", HERE)], OTHER)
    assert made.tracks == [track] and track.source == OTHER


def test_two_trackers_may_use_the_same_id_for_two_people() -> None:
    made = people()
    for frame in range(5):
        made.add([seen(frame / 10, "1", HERE)], CAMERA)
        assert made.add([seen(frame / 10, "1", THERE)], OTHER) == []
    assert sorted(track.source for track in made.tracks) == [CAMERA, OTHER]


def test_one_tracker_hides_no_second_person_of_another() -> None:
    """The other sees two who embrace, the first only one of them."""
    made = people()
    made.add([seen(0.0, "1", HERE)], CAMERA)
    made.add([seen(0.0, "1", HERE), seen(0.0, "2", (1.3, 0.0))], OTHER)
    assert [(t.source, t.body_id) for t in made.tracks] == [(CAMERA, "1"), (OTHER, "2")]


def test_a_tracker_whose_clock_lags_does_not_make_the_other_forget() -> None:
    made = people()
    for frame in range(10):
        made.add([seen(frame / 10, "1", HERE)], CAMERA)
        made.add([seen(frame / 10 - 3.0, "5", THERE)], OTHER)
    assert {track.body_id: track.newest_stamp_ns for track in made.tracks} == {
        "1": ns(0.9),
        "5": ns(-2.1),
    }


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_whatever_comes_people_stay_finite_and_bounded(seed: int) -> None:
    """Ids drawn anew, bodies anywhere or of any size, stamps that stand still or go back."""
    random = np.random.default_rng(seed)
    made = PartnerTracker(PartnerConfig(policy="all"))
    now = 0.0
    for _ in range(60):
        now += float(random.choice((0.0, 0.03, 0.1, 0.6, -0.2, -2.0)))
        bodies = []
        for body in set(random.integers(0, 4, random.integers(0, 4)).tolist()):
            at = random.choice((0.0, 0.3, 1.0, 5.0, 1e6), 2)
            detection = seen(now, str(body), tuple(at), float(random.choice((1.0, 0.6, 0.0, 1e3))))
            detection.positions[random.random(22) < 0.2] = np.nan
            bodies.append(detection)
        made.add(bodies, str(random.choice((CAMERA, OTHER))))
        snapshot = made.window(ns(now), np.zeros(3))
        assert snapshot.window.positions.isfinite().all()
        assert len(snapshot.partner_ids) <= MOST_PEOPLE
