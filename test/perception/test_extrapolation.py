"""A person who goes on after the newest observation: by hand, and against what was seen later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.evaluation.tracker_replay import Heard, blurred, heard
from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.extrapolation import FASTEST
from remogen_ros.perception.partner_config import PartnerConfig
from remogen_ros.perception.partners import PartnerTracker
from remogen_ros.perception.tracks import Track
from remogen_ros.recording.tracker_forms import TRACKER_FORMS
from test.perception.bodies import STANDING

DEMO = Path(__file__).parents[2] / "bags" / "demo"
LATENCY_NS = 120_000_000
TICK_NS = 100_000_000
START_NS = 1_800_000_000_000_000_000


def walking(
    seconds: float, velocity: tuple[float, float] = (1.2, -0.5), body_id: str = "1"
) -> SkeletonDetection:
    place = np.array([*velocity, 0.0]) * seconds
    stamp_ns = START_NS + round(seconds * 1e9)
    return SkeletonDetection(body_id, stamp_ns, "odom", STANDING + place, np.ones(22))


def newest(detections: list[SkeletonDetection], now: float, extrapolate_s: float) -> np.ndarray:
    """(22, 3) where the partner is taken to be."""
    tracker = PartnerTracker(PartnerConfig(extrapolate_s=extrapolate_s))
    for detection in detections:
        tracker.add([detection])
    window = tracker.window(START_NS + round(now * 1e9), None).window
    assert window.valid[0, -1].all()
    return window.positions[0, -1].numpy()


@settings(max_examples=30, deadline=None)
@given(
    rate=st.floats(5.0, 60.0),
    age=st.floats(0.0, 0.2),
    velocity=st.tuples(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5)),
)
def test_a_steady_walk_is_met_exactly(rate: float, age: float, velocity: tuple) -> None:
    stamps = np.arange(0.0, 1.5, 1.0 / rate)
    seen = [walking(stamp, velocity) for stamp in stamps]
    now = stamps[-1] + age
    there = STANDING + np.array([*velocity, 0.0]) * now
    np.testing.assert_allclose(newest(seen, now, 0.2), there, atol=1e-4)
    behind = newest(seen, now, 0.0)
    np.testing.assert_allclose(behind, seen[-1].positions, atol=1e-4)


def test_it_goes_on_so_long_and_no_longer() -> None:
    seen = [walking(stamp) for stamp in np.arange(0.0, 1.01, 0.1)]
    for age, ahead in ((0.05, 0.05), (0.1, 0.1), (0.3, 0.1), (0.45, 0.1)):
        expected = STANDING + np.array([1.2, -0.5, 0.0]) * (1.0 + ahead)
        np.testing.assert_allclose(newest(seen, 1.0 + age, 0.1), expected, atol=1e-4)


def test_who_was_hardly_seen_or_who_jumps_is_not_sent_away() -> None:
    once = [walking(0.0)]
    np.testing.assert_allclose(newest(once, 0.2, 0.2), STANDING, atol=1e-6)
    jump = Track(walking(0.0))
    far = replace(walking(0.1), positions=STANDING + (30.0, 0.0, 0.0))
    jump.append(far)
    times = np.array([far.stamp_ns + TICK_NS])
    positions, _ = jump.resampled(times, 0.5, 0.5, 0.2)
    onward = np.tile((0.1 * FASTEST, 0.0, 0.0), (22, 1))
    np.testing.assert_allclose(positions[0] - far.positions, onward, atol=1e-6)


def errors(told: list[Heard], extrapolate_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Of each tick, metres from where the joints were seen to be later; and speed, m/s."""
    everything: dict[str, Track] = {}
    for _, (detection,) in told:
        track = everything.setdefault(detection.body_id, Track(detection))
        track.append(detection)
    tracker = PartnerTracker(PartnerConfig(extrapolate_s=extrapolate_s))
    off, speeds, coming = [], [], 0
    for now in range(told[0][1][0].stamp_ns, told[-1][1][0].stamp_ns, TICK_NS):
        while coming < len(told) and told[coming][1][0].stamp_ns + LATENCY_NS <= now:
            tracker.add(told[coming][1])
            coming += 1
        snapshot = tracker.window(now, None)
        if not snapshot.partner_ids or snapshot.state != "tracked":
            continue
        track = everything[snapshot.partner_ids[0]]
        seen = [track.around(now + shift, 0.08) for shift in (-2 * TICK_NS, 0, 2 * TICK_NS)]
        if any(each is None for each in seen):
            continue
        before, there, after = (each[0] for each in seen if each is not None)
        window = snapshot.window
        gaps = np.linalg.norm(window.positions[0, -1].numpy() - there, axis=-1)
        off.append(np.nanmean(gaps[window.valid[0, -1].numpy()]))
        speeds.append(np.linalg.norm(after[0, :2] - before[0, :2]) / 0.4)
    return np.array(off), np.array(speeds)


@pytest.fixture(scope="module")
def recorded() -> list[Heard]:
    (form,) = (form for form in TRACKER_FORMS if form.tracker == "azure_kinect")
    return [each for each in heard(form, DEMO, {form.topic}) if each[1]]


@pytest.mark.parametrize("jitter", [0.0, 0.01])
def test_recorded_people_are_nearer_to_where_they_turn_out_to_be(
    recorded: list[Heard], jitter: float
) -> None:
    """A boxer, and one who jumps across the room, by a tracker that is 0.12 s late."""
    told = blurred(recorded, 0.0, jitter, np.random.default_rng(0)) if jitter else recorded
    held, speeds = errors(told, 0.0)
    carried, _ = errors(told, 0.2)
    walks = speeds > 0.5
    assert len(held) > 300 and walks.sum() > 50
    assert carried.mean() < 0.94 * held.mean()
    assert carried[walks].mean() < 0.85 * held[walks].mean()
