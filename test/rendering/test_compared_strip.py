"""Strips of several versions: rows one below the other, and ways over the floor beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from remogen_ros.embodiment.colours import EGO, GOAL, HORIZON, PARTNER
from remogen_ros.rendering.compared_strip import MOMENTS, Actor, ComparedStrip, even_moments
from remogen_ros.rendering.floor_plan import FloorPlan, Way, facing
from remogen_ros.rendering.following import following_cameras
from remogen_ros.rendering.scene import Body, Scene
from test.rendering.figures import standing

FRAMES = 30
AHEAD = np.stack([standing(0.1 * frame) for frame in range(FRAMES)])
STILL = np.stack([standing()] * FRAMES)
PARTNER_THERE = np.stack([standing(4.0, 0.0, 180.0)] * FRAMES)


def near(pixels: np.ndarray, colour: tuple[float, float, float]) -> np.ndarray:
    return np.abs(pixels.astype(int) - np.round(255 * np.array(colour))).max(-1) < 12


def test_rows_of_moments_and_a_plan(tmp_path: Path) -> None:
    partner = Actor("partner", PARTNER, PARTNER_THERE)
    rows = [
        [Actor("recorded", HORIZON, AHEAD), partner],
        [Actor("generated", EGO, STILL), partner],
    ]
    ComparedStrip("walk", "a clip", rows, goal=(2.0, 1.0)).save(tmp_path / "s.png", height=48)
    image = Image.open(tmp_path / "s.png")
    assert image.width > MOMENTS * 44 and image.height > 2 * 48
    plan = np.asarray(image)[:, MOMENTS * (44 + 4) + 12 :]
    for colour in (HORIZON, EGO, PARTNER, GOAL):
        assert near(plan, colour).sum() > 10


def test_bodies_of_different_lengths_are_refused(tmp_path: Path) -> None:
    rows = [[Actor("a", EGO, AHEAD)], [Actor("b", EGO, AHEAD[:-1])]]
    with pytest.raises(ValueError, match="one length"):
        ComparedStrip("", "", rows).save(tmp_path / "s.png")


@pytest.mark.parametrize("frames", [1, 5, 30, 71, 121])
def test_moments_are_at_fixed_steps_within_the_motion(frames: int) -> None:
    moments = even_moments(frames)
    assert moments[0] == 0 and moments[-1] < frames and len(moments) <= MOMENTS
    assert len(set(np.diff(moments))) <= 1
    assert frames < MOMENTS or len(moments) == MOMENTS


def test_right_and_up_of_a_plan() -> None:
    """Seen by a camera that looks along +y, +x is to the right and +y up."""
    side = 120
    ways = [Way(AHEAD, EGO), Way(AHEAD + (0.0, 1.0, 0.0), PARTNER)]
    pixels = np.asarray(FloorPlan(ways, azimuth=-90.0).drawn(side))
    first, second = np.argwhere(near(pixels, EGO)), np.argwhere(near(pixels, PARTNER))
    assert np.ptp(first[:, 1]) > side / 2 > 10 > np.ptp(first[:, 0])
    assert second[:, 0].mean() < first[:, 0].mean() - 10


def test_furniture_is_darker_than_the_floor_and_what_is_overhead_is_left_out() -> None:
    def darkest(height: float) -> int:
        voxels = np.array([(1.05, 1.05, height)])
        plan = FloorPlan([Way(AHEAD, (1.0, 1.0, 1.0))], voxels=voxels)
        return int(np.asarray(plan.drawn(120)).min())

    assert darkest(2.05) < darkest(0.05) < 205 < darkest(2.55)


def test_noses_point_where_bodies_face() -> None:
    assert facing(standing(yaw=90.0)) == pytest.approx((0.0, 1.0), abs=1e-6)


def test_someone_alone_walks_from_left_to_right() -> None:
    cameras = following_cameras([Scene([Body(joints, EGO)]) for joints in AHEAD[::10]], 1.0)
    assert all((camera.axes[:, 0] @ (1.0, 0.0, 0.0)) > 0.8 for camera in cameras)
    distances = [float(np.linalg.norm(camera.eye - camera.target)) for camera in cameras]
    assert distances == pytest.approx([distances[0]] * len(cameras))


def test_a_camera_comes_nearer_with_the_bodies_if_it_may() -> None:
    scenes = [
        Scene([Body(joints, EGO), Body(other, PARTNER)])
        for joints, other in zip(AHEAD[::10], PARTNER_THERE[::10], strict=True)
    ]
    cameras = following_cameras(scenes, 1.0, nearer=1.2)
    distances = [float(np.linalg.norm(camera.eye - camera.target)) for camera in cameras]
    assert distances[0] > distances[-1] >= distances[0] / 1.2 - 1e-6
