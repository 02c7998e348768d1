"""Tiny stand-ins, in the very formats, for what the demonstration recording is made from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import yaml

ROOM = """\
o floor
v -20 -0.02 -20
v 20 -0.02 -20
v 20 -0.02 20
v -20 -0.02 20
f 1 2 3 4
o wall
v 1.4 -1 -20
v 1.4 -1 20
v 1.4 3 20
v 1.4 3 -20
f 5 6 7 8
"""
"""A floor, and a wall at x = 3 m of a map whose origin is the demonstration's: one face each, of
four corners, y up."""


def joints_needed(body: str) -> list[str]:
    """The joints of a clip that `kinect_bodies/` wants, the root first."""
    text = (
        files("remogen_ros.recording").joinpath("kinect_bodies", f"{body}.yaml").read_text("utf8")
    )
    names = {n for parts in yaml.safe_load(text)["joints"].values() for n in parts if n != "offset"}
    return ["Hips", *sorted(names - {"Hips"})]


def clip(body: str, frames: int = 200, step: float = 0.1) -> str:
    """A BVH clip: joint number i hangs i units above the root, which moves `step` units a frame."""
    names = joints_needed(body)
    lines = ["HIERARCHY", f"ROOT {names[0]}", "{", "OFFSET 0 0 0"]
    lines += ["CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation"]
    for height, name in enumerate(names[1:], start=1):
        lines += [f"JOINT {name}", "{", f"OFFSET 0 {height} 0"]
        lines += ["CHANNELS 3 Zrotation Yrotation Xrotation", "}"]
    lines += ["}", "MOTION", f"Frames: {frames}", "Frame Time: 0.1"]
    turns = " 0 0 0" * len(names)
    lines += [f"0 10 {step * frame}{turns}" for frame in range(frames)]
    return "\n".join(lines) + "\n"


def write_sources(folder: Path) -> Path:
    """A source folder for `build_demo`."""
    (folder / "cmu").mkdir(parents=True)
    (folder / "scenes").mkdir()
    (folder / "cmu" / "Boxing_Toes.bvh").write_text(clip("boxing"))
    (folder / "cmu" / "01_01.bvh").write_text(clip("playground"))
    (folder / "cmu" / "SOURCE.txt").write_text("free\n")
    (folder / "scenes" / "apartment.obj").write_text(ROOM)
    (folder / "scenes" / "MORSE-COPYRIGHT.txt").write_text("BSD\n")
    return folder
