"""The demonstration recording: a boxer, then a jumper, in a furnished apartment.

The map's origin is free floor in the living room; the ego stands there and faces +x. The boxer
stands two metres ahead and faces it; 30 s later another person comes in and jumps across the room.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np

from remogen_ros.errors import UserError
from remogen_ros.recording.actors import Actor, read_actor
from remogen_ros.recording.camera import DepthCamera, Room
from remogen_ros.recording.staging import Appearance, Dropout, Scenario, record

BOXING, PLAYGROUND = Path("cmu/Boxing_Toes.bvh"), Path("cmu/01_01.bvh")
APARTMENT = Path("scenes/apartment.obj")
LICENCES = {
    Path("cmu/SOURCE.txt"): "LICENCE-CMU.txt",
    Path("scenes/MORSE-COPYRIGHT.txt"): "LICENCE-MORSE.txt",
}

MAP_ORIGIN = (-1.6, -0.5, -0.02)
"""Of the apartment's mesh, turned to z up; its floor lies at z = -0.02."""

CAMERA = DepthCamera(position=(-1.6, -2.4, 2.1), yaw=np.radians(50.0), pitch=np.radians(18.0))


def demo_scenario(boxer: Actor, jumper: Actor) -> Scenario:
    """Who is where when, from the two clips as they were recorded.

    Args:
        boxer: stands about one place and faces -x.
        jumper: starts along +x and comes back.
    """
    pelvis = 0
    boxer = boxer.placed(boxer.joints[:, pelvis, :2].mean(0), 0.0, (2.0, 0.0))
    jumper = jumper.placed(jumper.joints[0, pelvis, :2], np.radians(122.0), (3.05, -1.25))
    return Scenario(
        duration_s=55.0,
        appearances=(Appearance(boxer, 0.0, 30.2), Appearance(jumper, 32.0, 54.8)),
        camera=CAMERA,
        dropouts=(
            Dropout(8.0, 8.4),
            Dropout(16.5, 17.3, silent=True),
            Dropout(24.3, 25.1),
            Dropout(42.0, 42.6),
        ),
        new_ids_s=(17.0, 31.0),
    )


def build_demo(
    source: Path,
    out: Path,
    seed: int = 0,
    progress: Callable[[float], None] = lambda done: None,
) -> None:
    """Build the demonstration recording, the same for the same seed.

    Args:
        source: folder with `cmu/` (the two clips and SOURCE.txt) and `scenes/` (the MORSE apartment
            and its copyright file); clips and mesh may be packed (.xz).
        out: folder of the new bag; the licences and a README go into it too.
        progress: called with the share that is done, 0 .. 1.

    Raises:
        UserError: a source is missing or cannot be read, or `out` exists already.
    """
    if out.exists():
        raise UserError(f"{out} exists already; choose another name or remove it.")
    licences = {_find(source, path): name for path, name in LICENCES.items()}
    boxer = read_actor(_find(source, BOXING), "boxing")
    jumper = read_actor(_find(source, PLAYGROUND), "playground")
    room = Room.read(_find(source, APARTMENT), MAP_ORIGIN)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        bag = Path(folder) / out.name
        record(demo_scenario(boxer, jumper), room, bag, seed, progress)
        for path, name in licences.items():
            shutil.copyfile(path, bag / name)
        readme = files("remogen_ros.recording").joinpath("demo_readme.md").read_text("utf8")
        (bag / "README.md").write_text(readme, "utf8")
        bag.rename(out)


def _find(source: Path, path: Path) -> Path:
    for candidate in (source / path, source / f"{path}.xz"):
        if candidate.is_file():
            return candidate
    raise UserError(f"{source} holds no {path}, plain or packed (.xz).")
