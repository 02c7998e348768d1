"""Pictures show what is in the scene, where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from remogen_ros.embodiment.colours import EGO, PARTNER
from remogen_ros.rendering.picture import render, save_picture
from remogen_ros.rendering.scene import Body, Label, Scene
from remogen_ros.rendering.strip import motion_strip
from test.rendering.figures import standing

SIZE = (320, 180)


def orange(pixels: np.ndarray) -> np.ndarray:
    red, _, blue = pixels.astype(int).transpose(2, 0, 1)
    return red - blue > 60


def blue(pixels: np.ndarray) -> np.ndarray:
    red, _, blue = pixels.astype(int).transpose(2, 0, 1)
    return blue - red > 60


def two_people(voxels: np.ndarray | None = None) -> Scene:
    bodies = [Body(standing(0, 0), EGO, "ego"), Body(standing(2, 0, 180), PARTNER, "partner")]
    return Scene(bodies, np.zeros((0, 3)) if voxels is None else voxels)


def test_the_ego_is_orange_on_the_left_and_the_partner_blue_on_the_right():
    pixels = render(two_people(), SIZE)
    assert pixels.shape == (180, 320, 3)
    left, right = np.where(orange(pixels))[1], np.where(blue(pixels))[1]
    assert len(left) > 300 and len(right) > 300
    assert left.max() < 160 < right.min()


def test_the_same_scene_gives_the_same_picture():
    assert (render(two_people(), SIZE) == render(two_people(), SIZE)).all()


def test_a_body_throws_a_shadow_on_the_floor():
    body = Scene([Body(standing(), EGO)])
    empty = Scene([Body(standing(), EGO)], cloud=np.zeros((0, 3)))
    pixels = render(body, SIZE).astype(int).sum(2)
    floor = pixels[120:][~orange(render(empty, SIZE))[120:]]
    assert np.percentile(floor, 1) < 0.75 * np.median(floor)


def test_a_wall_of_voxels_behind_the_bodies_changes_the_background():
    wall = np.array([(x, 1.05, z) for x in np.arange(-2, 4, 0.1) for z in np.arange(0.05, 2, 0.1)])
    bare, walled = render(two_people(), SIZE), render(two_people(wall), SIZE)
    assert (np.abs(walled.astype(int) - bare).sum(2) > 30).mean() > 0.3
    assert abs(int(orange(walled).sum()) - int(orange(bare).sum())) < 0.2 * orange(bare).sum()


def test_a_cloud_is_drawn():
    cloud = np.random.default_rng(0).uniform((-1, 0.5, 0), (3, 1.5, 2), (4000, 3))
    scene = two_people()
    with_cloud = render(Scene(scene.bodies, cloud=cloud), SIZE)
    assert (with_cloud != render(scene, SIZE)).any(2).mean() > 0.05


def test_a_saved_picture_has_a_legend_labels_and_the_size_asked_for(tmp_path: Path):
    scene = two_people()
    labelled = Scene(scene.bodies, labels=[Label("here", (1.0, 0.0, 1.0))])
    save_picture(labelled, tmp_path / "a.png", caption="after 3 s", size=SIZE)
    pixels = np.asarray(Image.open(tmp_path / "a.png"))
    assert pixels.shape == (180, 320, 3)
    changed = (np.abs(pixels.astype(int) - render(scene, SIZE)) > 40).any(2)
    assert changed[:60, :100].sum() > 100
    assert changed[:, 130:190].sum() > 20


def test_a_strip_has_one_panel_for_every_moment(tmp_path: Path):
    walk = np.stack([standing(0.05 * frame) for frame in range(21)])
    other = np.stack([standing(2.0, 0.0, 180.0)] * 21)
    motion_strip(
        [("ego", EGO, walk), ("partner", PARTNER, other)],
        tmp_path / "s.png",
        every=10,
        columns=2,
        panel=(120, 120),
    )
    pixels = np.asarray(Image.open(tmp_path / "s.png"))
    assert pixels.shape == (2 * 120 + 4, 2 * 120 + 4, 3)
    for top, left in ((0, 0), (0, 124), (124, 0)):
        panel = pixels[top : top + 120, left : left + 120]
        assert orange(panel).sum() > 60 and blue(panel).sum() > 60
    assert (pixels[124:, 124:] == 255).all()


def test_a_body_that_climbs_and_walks_away_stays_in_every_panel(tmp_path: Path):
    climb = np.stack([standing(0.4 * frame) + (0.0, 0.0, 0.5 * frame) for frame in range(6)])
    motion_strip([("ego", EGO, climb)], tmp_path / "s.png", every=1, columns=6, panel=(96, 96))
    pixels = orange(np.asarray(Image.open(tmp_path / "s.png")))
    whole = [pixels[:, left : left + 96] for left in range(0, 600, 100)]
    for panel in whole:
        assert panel.sum() > 20
        assert not panel[[0, -1]].any() and not panel[:, [0, -1]].any()


@pytest.mark.parametrize("lengths", [(3, 4), (0, 0)])
def test_a_strip_needs_bodies_of_one_length(tmp_path: Path, lengths):
    bodies = [("b", EGO, np.zeros((length, 22, 3))) for length in lengths]
    with pytest.raises(ValueError, match="bodies of one length"):
        motion_strip(bodies, tmp_path / "s.png")


def test_a_moment_with_nobody_in_it_is_refused(tmp_path: Path):
    joints = np.stack([standing(), np.full((22, 3), np.nan)])
    with pytest.raises(ValueError, match="at every moment"):
        motion_strip([("ego", EGO, joints)], tmp_path / "s.png", every=1)
