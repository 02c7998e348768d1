"""People are cut out of clouds whatever their tracker's rate and latency: a model of the events."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.perception.carving import Body, body_segments
from remogen_ros.perception.cloud_bodies import (
    GROWTH,
    MOST_WAITING,
    WAIT_S,
    WITHIN_S,
    WaitingClouds,
    bodies_at,
)
from remogen_ros.perception.detections import SkeletonDetection
from remogen_ros.perception.partners import PartnerTracker
from remogen_ros.perception.tracks import Track
from test.perception.bodies import STANDING

START_NS = 1_700_000_000_000_000_000
RADIUS = 0.22
CLOUD_HZ, CLOUD_LATENCY_S = 15.0, 0.03
SECONDS = 8.0
SKIN_M = 0.12
"""Between bones and what a camera sees of a body."""


def ns(seconds: float) -> int:
    return START_NS + round(seconds * 1e9)


def walker(seconds: float) -> np.ndarray:
    """(22, 3) somebody who walks at 1.3 m/s, to and fro, and swings the arms."""
    joints = STANDING.copy()
    swing = 0.3 * np.sin(2 * np.pi * 0.9 * seconds)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        joints[JOINT_INDEX[f"{side}_elbow"], 0] += 0.5 * sign * swing
        joints[JOINT_INDEX[f"{side}_wrist"], 0] += sign * swing
    leg = abs((seconds % 6.0) - 3.0)
    return joints + (1.0, 1.3 * (leg - 1.5), 0.0)


def skin(joints: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(N, 3) points as a camera sees them on a body."""
    segments = body_segments(joints)
    along = random.uniform(size=(len(segments), 12, 1))
    points = segments[:, :1] + along * (segments[:, 1:] - segments[:, :1])
    away = random.normal(size=points.shape)
    away *= SKIN_M / np.linalg.norm(away, axis=-1, keepdims=True)
    return (points + away).reshape(-1, 3)


@dataclass
class Run:
    """What became of the clouds of one run of tracker and camera.

    Attributes:
        stamps, delays: of each cloud that reached the map, and how long after its stamp, seconds.
        bodies: that were cut out of it.
    """

    stamps: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    bodies: list[list[Body]] = field(default_factory=list)

    def __call__(
        self,
        rate: float,
        latency: float,
        seen: Callable[[float], bool] = lambda seconds: True,
        jitter: float = 0.01,
    ) -> Run:
        random = np.random.default_rng(round(100 * rate + 1000 * latency))
        events: list[tuple[float, str, float]] = []
        for k in range(round(SECONDS * rate)):
            stamp = k / rate
            events.append((stamp + latency + abs(random.normal(0, jitter)), "people", stamp))
        for k in range(round(SECONDS * CLOUD_HZ)):
            stamp = 0.013 + k / CLOUD_HZ
            events.append((stamp + CLOUD_LATENCY_S, "cloud", stamp))
        events += [(k / 10, "tick", k / 10) for k in range(round((SECONDS + 1) * 10))]
        heapq.heapify(events)
        tracker, clouds = PartnerTracker(), WaitingClouds[float]()
        while events:
            now, kind, stamp = heapq.heappop(events)
            if kind == "people" and seen(stamp):
                joints = walker(stamp) + random.normal(0, 0.01, (22, 3))
                tracker.add([SkeletonDetection("1", ns(stamp), "odom", joints, np.ones(22))])
            elif kind == "cloud":
                clouds.add(ns(stamp), stamp)
            for released in clouds.released(tracker.tracks, ns(now)):
                self.stamps.append(released)
                self.delays.append(now - released)
                self.bodies.append(bodies_at(tracker.tracks, ns(released), RADIUS))
        return self


@pytest.mark.parametrize("latency", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("rate", [5.0, 8.0, 15.0, 30.0, 60.0])
def test_people_are_cut_out_of_every_cloud(rate: float, latency: float) -> None:
    random = np.random.default_rng(1)
    run = Run()(rate, latency)
    assert max(run.delays) < WAIT_S + 0.11, "the map grows old"
    settled = [i for i, stamp in enumerate(run.stamps) if 1.0 <= stamp <= SECONDS - 1.0]
    assert len(settled) >= 5.0 * (SECONDS - 2.0), "the map gets a cloud five times a second"
    left = []
    for i in settled:
        points = skin(walker(run.stamps[i]), random)
        on_body = np.zeros(len(points), bool)
        for body in run.bodies[i]:
            on_body |= body.has(points)
        left.append(1.0 - on_body.mean())
        beside = walker(run.stamps[i])[0] + ((0.75, 0.0, -0.5), (-0.75, 0.0, -0.5))
        assert not any(body.has(beside).any() for body in run.bodies[i]), "furniture is cut out"
    assert np.mean(np.array(left) > 0.01) == 0.0, f"worst cloud: {max(left):.1%} of a body left"


def test_nobody_is_waited_for_when_nobody_is_there() -> None:
    run = Run()(30.0, 0.1, seen=lambda seconds: False)
    assert len(run.stamps) == round(SECONDS * CLOUD_HZ)
    assert max(run.delays) <= CLOUD_LATENCY_S + 1e-6
    assert not any(run.bodies)


def test_one_who_left_is_waited_for_a_bounded_time_and_then_no_more() -> None:
    run = Run()(10.0, 0.1, seen=lambda seconds: seconds < 3.0)
    assert max(run.delays) < WAIT_S + 0.11
    over = 2.9 + WITHIN_S + WAIT_S  # Clouds keep their order, so some wait for others.
    later = [d for s, d in zip(run.stamps, run.delays, strict=True) if s > over]
    assert later and max(later) <= CLOUD_LATENCY_S + 1e-6


def test_few_clouds_wait() -> None:
    track = Track(SkeletonDetection("1", ns(0.0), "odom", STANDING, np.ones(22)))
    clouds = WaitingClouds[int]()
    taken = [clouds.add(ns(0.01 * (1 + number)), number) for number in range(MOST_WAITING + 2)]
    assert taken == [True] * MOST_WAITING + [False] * 2
    assert clouds.released([track], ns(0.1)) == []
    assert clouds.released([track], ns(0.02 + WAIT_S)) == [0, 1]
    clouds.clear()
    assert clouds.released([], ns(9.0)) == []


def test_a_body_is_between_its_observations_and_wider_away_from_them() -> None:
    def at(seconds: float, x: float, hidden: bool = False) -> SkeletonDetection:
        joints = STANDING + (x, 0.0, 0.0)
        if hidden:
            joints[20] = np.nan
        return SkeletonDetection("1", ns(seconds), "odom", joints, np.ones(22))

    track = Track(at(0.0, 0.0), steady_limbs=False)
    track.append(at(0.2, 0.4, hidden=True))
    track.append(at(0.4, 0.8))
    for seconds, x, gap in ((0.05, 0.1, 0.05), (0.1, 0.2, 0.1), (0.2, 0.4, 0.0), (0.6, 0.8, 0.2),
                            (-0.1, 0.0, 0.1)):  # fmt: skip
        (body,) = bodies_at([track], ns(seconds), RADIUS)
        np.testing.assert_allclose(
            body.segments, body_segments(STANDING + (x, 0.0, 0.0)), atol=1e-9
        )
        assert body.radius == pytest.approx(RADIUS + GROWTH * gap)
    assert bodies_at([track], ns(0.41 + WITHIN_S), RADIUS) == []
    never = STANDING.copy()
    never[5] = np.nan
    unseen = Track(SkeletonDetection("2", ns(0.0), "odom", never, np.ones(22)))
    (body,) = bodies_at([unseen], ns(0.0), RADIUS)
    np.testing.assert_array_equal(body.segments, body_segments(never))
    assert 0 < len(body.segments) < len(body_segments(STANDING))
