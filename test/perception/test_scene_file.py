"""Saved scenes: every format gives the same cells, and what is no scene is refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import open3d as o3d
import pytest
import torch

from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.errors import UserError
from remogen_ros.perception.scene_file import load_scene

HEIGHT, FLOOR = 2.0, 0.05
BOX_LOW, BOX_HIGH = np.array((1.02, 0.52, 0.0)), np.array((1.98, 1.48, 0.78))


def room() -> tuple[np.ndarray, np.ndarray]:
    """A floor of 4 m x 3 m, and a chest on it: vertices (V, 3), quadrilaterals (F, 4)."""
    floor = np.array([(-1.0, -1.0, 0.0), (3.0, -1.0, 0.0), (3.0, 2.0, 0.0), (-1.0, 2.0, 0.0)])
    x, y, z = np.meshgrid(*zip(BOX_LOW, BOX_HIGH, strict=True), indexing="ij")
    corners = np.stack((x.ravel(), y.ravel(), z.ravel()), -1)
    sides = np.array([(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4),
                      (1, 3, 7, 5)])  # fmt: skip
    return np.concatenate((floor, corners)), np.concatenate(([[0, 1, 2, 3]], sides + 4))


def triangle_mesh() -> o3d.geometry.TriangleMesh:
    vertices, quads = room()
    triangles = np.concatenate((quads[:, :3], quads[:, [0, 2, 3]])).astype(np.int32)
    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(vertices), o3d.utility.Vector3iVector(triangles)
    )
    mesh.compute_vertex_normals()
    return mesh


def write_obj(path: Path) -> None:
    """With quadrilaterals, as modellers write it."""
    vertices, quads = room()
    lines = [f"v {x} {y} {z}" for x, y, z in vertices]
    lines += ["f " + " ".join(map(str, quad + 1)) for quad in quads]
    path.write_text("\n".join(lines) + "\n")


def write_glb(path: Path) -> None:
    """With a node that moves what it holds, as exporters write it."""
    mesh = triangle_mesh()
    shift = np.array((0.5, -0.25, 0.0))
    vertices = (np.asarray(mesh.vertices) - shift).astype(np.float32)
    indices = np.asarray(mesh.triangles).astype(np.uint32)
    views = [
        {"buffer": 0, "byteOffset": 0, "byteLength": vertices.nbytes},
        {"buffer": 0, "byteOffset": vertices.nbytes, "byteLength": indices.nbytes},
    ]
    bounds = {"min": vertices.min(0).tolist(), "max": vertices.max(0).tolist()}
    content = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "translation": shift.tolist()}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": vertices.nbytes + indices.nbytes}],
        "bufferViews": views,
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(vertices), "type": "VEC3"}
            | bounds,
            {"bufferView": 1, "componentType": 5125, "count": indices.size, "type": "SCALAR"},
        ],
    }
    text = json.dumps(content).encode()
    text += b" " * (-len(text) % 4)
    data = vertices.tobytes() + indices.tobytes()
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    chunks += struct.pack("<II", len(data), 0x004E4942) + data
    path.write_bytes(struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks)


def write_ply(path: Path) -> None:
    """With quadrilaterals, as scanners' programs write it."""
    vertices, quads = room()
    rows = [" ".join(map(str, vertex)) for vertex in vertices]
    rows += [" ".join(map(str, (4, *quad))) for quad in quads]
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    path.write_text(
        f"ply\nformat ascii 1.0\nelement vertex {len(vertices)}\n{axes}element face {len(quads)}\n"
        "property list uchar int vertex_indices\nend_header\n" + "\n".join(rows) + "\n"
    )


def write_mesh(path: Path) -> None:
    assert o3d.io.write_triangle_mesh(str(path), triangle_mesh())


def write_cloud(path: Path) -> None:
    points = np.asarray(triangle_mesh().sample_points_uniformly(60_000).points)
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points))
    assert o3d.io.write_point_cloud(str(path), cloud)


def state(grid: OccupancyGrid, *point: float) -> int:
    return int(grid.state_at(torch.tensor(point)))


@pytest.mark.parametrize(
    "name, write",
    [
        ("mesh.ply", write_mesh),
        ("mesh.ply", write_ply),
        ("mesh.off", write_mesh),
        ("mesh.stl", write_mesh),
        ("mesh.obj", write_obj),
        ("mesh.glb", write_glb),
        ("cloud.ply", write_cloud),
        ("cloud.pcd", write_cloud),
    ],
)
def test_every_format_gives_the_same_room(name: str, write: object, tmp_path: Path) -> None:
    write(tmp_path / name)  # type: ignore[operator]
    grid = load_scene(tmp_path / name, HEIGHT, FLOOR)
    np.testing.assert_allclose(grid.corner, (-1.0, -1.0, 0.0), atol=0.101)
    chest = np.zeros(grid.cells.shape, bool)
    low = np.round(np.floor(BOX_LOW / 0.1) - grid.corner.numpy() / 0.1).astype(int)
    high = np.round(np.ceil(BOX_HIGH / 0.1) - grid.corner.numpy() / 0.1).astype(int)
    chest[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = True
    found = grid.cells.numpy() == OCCUPIED
    assert not (found & ~chest).any(), "the floor, or the air, is in the way"
    # The cloud is a sample of it, and may leave out a cell at an edge.
    share = 1.0 if name.startswith("mesh") else 0.97
    assert found[chest].mean() >= share, "the chest is solid"
    for point in ((0.0, 0.0, 0.05), (0.0, 0.0, 1.95), (2.5, 1.5, 1.0), (1.5, 1.0, 1.5)):
        assert state(grid, *point) == FREE
    assert state(grid, 4.0, 0.0, 1.0) == UNSEEN


def written(tmp_path: Path, points: np.ndarray) -> Path:
    path = tmp_path / "scene.ply"
    rows = "\n".join(" ".join(map(str, point)) for point in points)
    header = f"ply\nformat ascii 1.0\nelement vertex {len(points)}\n"
    axes = "".join(f"property double {axis}\n" for axis in "xyz")
    path.write_text(f"{header}{axes}end_header\n{rows}\n")
    return path


@pytest.mark.parametrize(
    "points, reason",
    [
        (np.zeros((0, 3)), "empty"),
        (np.array([[0.0, 0.0, 1.0], [1.0, float("nan"), 1.0]]), "not finite"),
        (np.array([[0.0, 0.0, 500.0], [4000.0, 0.0, 1000.0]]), "4000 m wide.*metres"),
        (np.array([[0.0, 0.0, 0.0], [4.0, 3.0, 0.01]]), "nothing between.*z up"),
        (np.array([[0.0, 0.0, 5.0], [4.0, 3.0, 7.0]]), "nothing between.*z up"),
    ],
)
def test_what_is_no_room_is_refused(points: np.ndarray, reason: str, tmp_path: Path) -> None:
    path = written(tmp_path, points)
    with pytest.raises(UserError, match=reason) as caught:
        load_scene(path, HEIGHT, FLOOR)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name, text, reason",
    [
        ("none.ply", None, "not there"),
        ("room.blend", "x", "no known format.*\\.glb"),
        ("broken.ply", "hello", "empty, or cannot be read"),
        ("broken.obj", "hello", "empty, or cannot be read"),
        ("broken.glb", "hello", "empty, or cannot be read"),
        ("broken.pcd", "hello", "empty, or cannot be read"),
    ],
)
def test_what_is_no_scene_is_refused(
    name: str, text: str | None, reason: str, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=reason):
        load_scene(tmp_path / name, HEIGHT, FLOOR)
