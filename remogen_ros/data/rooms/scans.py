"""Modelled rooms of the MORSE simulator, whose objects have names."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from remogen_ros.data.meshes import FROM_Y_UP, Mesh, joined, read_obj
from remogen_ros.data.rooms.furnished_room import HEIGHT, Door, FurnishedRoom, Furnishing, furnish
from remogen_ros.data.rooms.seats import back_of
from remogen_ros.data.splits import Split
from remogen_ros.data.voxels import FLOOR_HEIGHT

LICENCE = "BSD-3-Clause (MORSE)"

_ALL_SIDES = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))


class Scan(BaseModel):
    """One room of `scans.yaml`, which explains every key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    split: Split
    area: tuple[float, float, float, float]
    seats: tuple[str, ...]
    objects: dict[str, str]
    doors: tuple[Door, ...] = ()

    def name_of(self, mesh: str) -> str:
        """What captions call an object of the file; empty for walls and the like."""
        known = [start for start in self.objects if mesh.startswith(start)]
        return self.objects[max(known, key=len)] if known else ""


@cache
def scans() -> dict[str, Scan]:
    """The table `scans.yaml` that stands beside this file."""
    text = files("remogen_ros.data.rooms").joinpath("scans.yaml").read_text("utf-8")
    return {name: Scan.model_validate(row) for name, row in yaml.safe_load(text).items()}


def read_scans(folder: Path) -> list[FurnishedRoom]:
    """Those of the modelled rooms whose files are in a folder.

    Raises:
        UserError: a file cannot be read.
    """
    return [
        _read(name, scan, folder / scan.file)
        for name, scan in scans().items()
        if (folder / scan.file).is_file()
    ]


def _read(name: str, scan: Scan, path: Path) -> FurnishedRoom:
    named: dict[str, list[Mesh]] = {}
    furnishings = []
    for mesh in read_obj(path):
        upright = mesh.moved(FROM_Y_UP)
        low, high = upright.vertices[:, 2].min(), upright.vertices[:, 2].max()
        if high <= FLOOR_HEIGHT or low >= HEIGHT:
            continue
        caption = scan.name_of(mesh.name)
        # Parts of one kitchen island are one object; two chairs are two.
        key = caption if mesh.name.startswith("v1.") else mesh.name
        named.setdefault(key, []).append(Mesh(caption, upright.vertices, upright.triangles))
    for parts in named.values():
        whole = joined(parts)
        mesh = Mesh(parts[0].name, whole.vertices, whole.triangles)
        furnishings.append(Furnishing(mesh, _fronts(mesh) if mesh.name in scan.seats else ()))
    return furnish(name, "morse", LICENCE, scan.split, furnishings, scan.area, scan.doors)


def _fronts(seat: Mesh) -> tuple[tuple[float, float], ...]:
    back = back_of(seat)
    return _ALL_SIDES if back is None else (back,)
