"""OBJ files as people write them, and what their surfaces occupy."""

from __future__ import annotations

import lzma
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.data.meshes import FROM_Y_UP, Mesh, joined, read_obj
from remogen_ros.data.voxels import occupied_cells
from remogen_ros.errors import UserError
from test.data.mesh_files import box, write_obj


def occupied(grid: OccupancyGrid) -> np.ndarray:
    """(N, 3) lower corners of the occupied cells, metres, in order."""
    cells = np.argwhere((grid.cells == OCCUPIED).numpy())
    return np.round(cells * 0.1 + grid.corner.numpy(), 3)


def test_objects_polygons_and_relative_corners(tmp_path: Path) -> None:
    path = tmp_path / "room.obj"
    path.write_text(
        "# y up\no table top\nv 0 1 0 0.5 0.5 0.5\nv 1 1 0\nv 1 1 -2\nv 0 1 -2\n"
        "f 1/1/1 2//1 3 4\ng lamp\nv 0 0 0\nv 0 1 0\nv 1 0 0\nf -3 -2 -1\n"
    )
    table, lamp = read_obj(path)
    assert (table.name, lamp.name) == ("table top", "lamp")
    assert table.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]
    assert lamp.vertices.tolist() == [[0, 0, 0], [0, 1, 0], [1, 0, 0]]
    upright = table.moved(FROM_Y_UP)
    assert upright.vertices.tolist() == [[0, 0, 1], [1, 0, 1], [1, 2, 1], [0, 2, 1]]
    both = joined([table, lamp])
    assert both.corners[2].tolist() == lamp.corners[0].tolist()


def test_compressed(tmp_path: Path) -> None:
    plain = write_obj(tmp_path / "a.obj", box((0, 0, 0), (1, 1, 1)))
    packed = tmp_path / "a.obj.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    assert np.array_equal(read_obj(plain)[0].corners, read_obj(packed)[0].corners)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("v 0 0 0\n", "holds no faces"),
        ("v 0 0 0\nv 1 0 0\nf 1 2 3\n", "a face has corners that are nowhere"),
        ("v 0 0 0\nf 1 -5 1\n", "a face has corners that are nowhere"),
        ("v a b c\n", "cannot be read"),
        ("v 0 0\nv 1 0\nv 1 1\nf 1 2 3\n", "cannot be read"),
    ],
)
def test_damaged(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "a.obj"
    path.write_text(text)
    with pytest.raises(UserError, match=why):
        read_obj(path)
    with pytest.raises(UserError, match="cannot be read"):
        read_obj(tmp_path / "nothing.obj")


def test_cells_of_a_box_by_hand() -> None:
    grid = occupied_cells(box((0.12, -0.28, 0.0), (0.28, -0.12, 0.35)))
    expected = [[x, y, z] for x in (0.1, 0.2) for y in (-0.3, -0.2) for z in (0.0, 0.1, 0.2, 0.3)]
    assert occupied(grid).tolist() == pytest.approx(np.array(expected))
    assert grid.outside == UNSEEN and int(grid.cells[0, 0, 10]) == FREE


def test_surfaces_on_the_borders_of_cells_count_for_the_body_within() -> None:
    grid = occupied_cells(box((0.2, 0.3, 0.0), (0.4, 0.5, 0.7)))
    assert grid.corner.tolist() == pytest.approx([0.2, 0.3, 0.0])
    assert tuple(grid.cells.shape) == (2, 2, 20)
    assert (grid.cells[:, :, :7] == OCCUPIED).all() and (grid.cells[:, :, 7:] == FREE).all()


def test_a_cupboard_is_solid_and_a_room_is_not() -> None:
    cupboard = occupied_cells(box((0.05, 0.05, 0.0), (0.85, 0.85, 1.05)))
    assert (cupboard.cells[:, :, :11] == OCCUPIED).all()
    room = occupied_cells(box((0.05, 0.05, 0.0), (3.05, 3.05, 2.5)))
    assert int(room.cells[15, 15, 8]) == FREE and int(room.cells[0, 15, 8]) == OCCUPIED
    assert int(room.cells[15, 15, 0]) == FREE, "the floor is in nobody's way"


def test_a_table_is_free_beneath() -> None:
    top = box((0.0, 0.0, 0.72), (1.0, 1.0, 0.76))
    leg = box((0.0, 0.0, 0.0), (0.08, 0.08, 0.75))
    grid = occupied_cells(joined([top, leg]))
    assert int(grid.cells[5, 5, 7]) == OCCUPIED
    assert (grid.cells[5, 5, :7] == FREE).all() and (grid.cells[0, 0, :8] == OCCUPIED).all()


def test_a_carpet_is_floor() -> None:
    carpet = box((-3, -3, 0.0), (3, 3, 0.02))
    grid = occupied_cells(joined([carpet, box((0.02, 0.02, 0.0), (0.08, 0.08, 0.18))]))
    assert occupied(grid).tolist() == [[0, 0, 0], pytest.approx([0, 0, 0.1])]
    with pytest.raises(UserError, match="has nothing between its floor and 2 m"):
        occupied_cells(carpet)


@settings(deadline=None, max_examples=30)
@given(
    low=st.tuples(*[st.floats(-2, 2)] * 2),
    size=st.tuples(st.floats(0.06, 1.5), st.floats(0.06, 1.5), st.floats(0.06, 1.8)),
)
def test_every_corner_of_a_box_is_occupied(
    low: tuple[float, float], size: tuple[float, float, float]
) -> None:
    mesh = box((*low, 0.0), (low[0] + size[0], low[1] + size[1], size[2]))
    grid = occupied_cells(mesh)
    inset = 1e-3
    corners = mesh.vertices + np.sign(mesh.vertices.mean(0) - mesh.vertices) * inset
    assert (grid.state_at(torch.from_numpy(corners).float()) == OCCUPIED).all()


def test_moved() -> None:
    mesh = Mesh("a", np.array([[1.0, 2.0, 3.0]]), np.zeros((0, 3), np.uint32))
    assert mesh.moved(np.eye(3) * 2, (1, 0, 0)).vertices.tolist() == [[3, 4, 6]]
