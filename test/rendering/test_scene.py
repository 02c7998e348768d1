"""Cameras see what they should, and the room is opened where it hides the bodies."""

from __future__ import annotations

import numpy as np
import pytest

from remogen_ros.embodiment.colours import EGO, PARTNER
from remogen_ros.rendering.meshes import exposed_cells, exposed_faces
from remogen_ros.rendering.scene import Body, Camera, Scene
from remogen_ros.rendering.viewpoint import clear_view, framing, hidden_share
from test.rendering.figures import standing

SIZE = (640, 360)


def looking_along_y() -> Camera:
    return Camera(np.array((0.0, -5.0, 1.0)), np.array((0.0, 0.0, 1.0)))


def test_right_and_up_of_a_camera_are_right_and_up_in_the_picture():
    camera = looking_along_y()
    centre, right, up = camera.project(
        np.array(((0.0, 0.0, 1.0), (0.5, 0.0, 1.0), (0.0, 0.0, 1.5))), SIZE
    )
    assert centre == pytest.approx((320, 180))
    assert right[0] > 320 and right[1] == pytest.approx(180)
    assert up[1] < 180 and up[0] == pytest.approx(320)


def test_rays_go_through_the_pixels_that_points_project_to():
    camera = looking_along_y()
    points = np.array(((0.7, 1.0, 1.4), (-0.3, 0.2, 0.1)))
    rays = camera.rays(camera.project(points, SIZE), SIZE)
    toward = points - camera.eye
    np.testing.assert_allclose(
        rays[:, 3:], toward / np.linalg.norm(toward, axis=1, keepdims=True), atol=1e-6
    )


@pytest.mark.parametrize("azimuth", [0.0, 75.0, 200.0])
@pytest.mark.parametrize("aspect", [0.6, 16.0 / 9.0])
def test_a_framing_camera_has_every_point_in_its_picture(azimuth, aspect):
    points = np.concatenate((standing(0, 0), standing(3, 1)))
    size = (round(360 * aspect), 360)
    pixels = framing(points, azimuth, aspect=aspect).project(points, size)
    share = np.abs(pixels / size - 0.5).max(0) * 2.0
    assert (share <= 0.801).all()
    assert share.max() > 0.6


def test_the_first_of_two_bodies_is_seen_on_the_left():
    for first, second in ((standing(0, 0), standing(2, 1)), (standing(1, 3), standing(0, 0))):
        camera = clear_view(Scene([Body(first, EGO), Body(second, PARTNER)]))
        left, right = camera.project(np.array((first.mean(0), second.mean(0))), SIZE)
        assert left[0] < 320 < right[0]


def test_a_camera_needs_something_to_look_at():
    with pytest.raises(ValueError, match="at least one body"):
        clear_view(Scene([Body(np.full((22, 3), np.nan), EGO)]))


def test_what_hides_the_bodies_is_cut_away_and_what_stands_behind_is_kept():
    camera = looking_along_y()
    before, behind, above = (0.0, -2.0, 1.0), (0.0, 2.0, 1.0), (0.0, 2.0, 2.4)
    scene = Scene([Body(standing(), EGO)], np.array((before, behind, above)))
    assert scene.cut_away(camera).voxels.tolist() == [list(behind)]


def test_a_lone_cube_shows_six_sides_that_face_outwards():
    quads, normals = exposed_faces(np.array([(0.25, -0.35, 0.05)]), 0.1)
    assert len(quads) == 6
    turned = np.cross(quads[:, 1] - quads[:, 0], quads[:, 2] - quads[:, 1])
    np.testing.assert_allclose(turned, normals * 0.01, atol=1e-6)
    np.testing.assert_allclose(quads.mean((0, 1)), (0.25, -0.35, 0.05), atol=1e-6)


def test_sides_between_cubes_are_left_out_and_so_is_a_cell_that_is_enclosed():
    axis = np.arange(3) * 0.1 + 0.05
    block = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    assert len(exposed_faces(block, 0.1)[0]) == 6 * 9
    shell = exposed_cells(block, 0.1)
    assert len(shell) == 26
    assert not np.isclose(shell, (0.15, 0.15, 0.15)).all(1).any()
    assert len(exposed_faces(np.zeros((0, 3)), 0.1)[0]) == 0


def test_only_what_stands_between_hides():
    eye = np.array((0.05, -5.0, 1.05))
    points = np.array(((0.05, 0.0, 1.05), (2.0, 0.0, 1.05)))
    between, beyond, touching = (0.05, -2.0, 1.05), (0.05, 1.0, 1.05), (0.05, -0.1, 1.05)
    assert hidden_share(points, eye, np.array([between]), 0.1) == 0.5
    assert hidden_share(points, eye, np.array([beyond, touching]), 0.1) == 0.0
    assert hidden_share(points, eye, np.zeros((0, 3)), 0.1) == 0.0


def test_the_camera_looks_over_a_wall_that_would_hide_the_bodies():
    bodies = [Body(standing(0, 0), EGO), Body(standing(2, 0, 180), PARTNER)]
    wall = np.array(
        [(x, -1.05, z) for x in np.arange(-2.95, 5, 0.1) for z in np.arange(0.05, 1.6, 0.1)]
    )
    open_view, walled = (
        clear_view(Scene(bodies, voxels), cut_away=False) for voxels in (np.zeros((0, 3)), wall)
    )
    assert open_view.eye[1] < -3.0
    points = np.concatenate([body.joints for body in bodies])
    hidden = hidden_share(points, open_view.eye, wall, 0.1)
    assert hidden > 0.4
    assert hidden_share(points, walled.eye, wall, 0.1) < hidden / 2
