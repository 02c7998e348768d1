"""A furniture library, pieces and rooms that the tests make up."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from remogen_ros.data.meshes import Mesh, joined
from remogen_ros.data.rooms.furnished_room import FurnishedRoom, Furnishing, furnish
from remogen_ros.data.rooms.furniture import Piece, Place
from remogen_ros.data.rooms.house import FURNITURE
from test.data.mesh_files import box, write_obj

TO_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def chair(x: float = 0.0, y: float = 0.0) -> Mesh:
    """0.5 m wide, its seat 0.44 m high from y - 0.25 to y + 0.15, the back behind it; faces -y."""
    seat = box((x - 0.25, y - 0.25, 0.0), (x + 0.25, y + 0.15, 0.44))
    back = box((x - 0.25, y + 0.15, 0.0), (x + 0.25, y + 0.25, 0.9))
    whole = joined([seat, back])
    return Mesh("chair", whole.vertices, whole.triangles)


def walls(width: float, depth: float) -> list[Furnishing]:
    """Four walls, 0.1 m thick, around (0, 0) .. (width, depth)."""
    return [
        Furnishing(box(low, high, ""))
        for low, high in (
            ((-0.1, -0.1, 0.0), (width + 0.1, 0.0, 2.4)),
            ((-0.1, depth, 0.0), (width + 0.1, depth + 0.1, 2.4)),
            ((-0.1, 0.0, 0.0), (0.0, depth, 2.4)),
            ((width, 0.0, 0.0), (width + 0.1, depth, 2.4)),
        )
    ]


def room(*furnishings: Furnishing, width: float = 5.0, depth: float = 4.0) -> FurnishedRoom:
    """A room of the training split with walls and some furniture."""
    area = (-0.1, -0.1, width + 0.1, depth + 0.1)
    within = [*walls(width, depth), *furnishings]
    return furnish("room", "made", "none", "train", within, area)


def furnished_room() -> FurnishedRoom:
    """5 m x 4 m, with a chair against the far wall, a table, and a cupboard in the middle."""
    return room(
        Furnishing(chair(1.0, 3.7), ((0.0, -1.0),)),
        Furnishing(box((3.4, 0.0, 0.0), (4.6, 0.7, 0.78), "table")),
        Furnishing(box((2.2, 1.4, 0.0), (2.8, 2.6, 1.9), "cupboard")),
    )


def piece(name: str = "chair", place: Place = "table", seat: bool = True) -> Piece:
    """A chair, 0.5 m square, facing -y."""
    return Piece(name, place, seat, chair(), (0.5, 0.5, 0.9))


def write_library(folder: Path) -> Path:
    """A library with a chair, an oak table and something that nobody chose."""
    models = {"chair": (chair(), 50, 50, 90), "oakTable": (box((0, 0, 0), (2, 1, 1)), 120, 70, 74),
              "unknown": (box((0, 0, 0), (1, 1, 1)), 10, 10, 10)}  # fmt: skip
    lines = ["name=Made"]
    path = folder / FURNITURE
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, (mesh, *size)) in enumerate(models.items(), start=1):
            model = f"blendswap-cc-0/{name}/{name}.obj"
            written = write_obj(folder / "model.obj", mesh.moved(TO_Y_UP))
            archive.write(written, model)
            written.unlink()
            lines.append(f"name#{number}={name}")
            lines.append(f"model#{number}=/{model}")
            keys = zip(("width", "depth", "height"), size, strict=True)
            lines += [f"{key}#{number}={value}" for key, value in keys]
        archive.writestr("PluginFurnitureCatalog.properties", "\n".join(lines))
    return path
