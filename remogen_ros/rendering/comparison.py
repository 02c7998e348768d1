"""Source skeletons beside the bodies made from them: a row of moments for each motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from remogen_ros.embodiment.colours import EGO
from remogen_ros.motion.skeleton import JOINT_INDEX, JOINT_NAMES, PARENTS
from remogen_ros.rendering.picture import render
from remogen_ros.rendering.scene import Body, Camera, Scene
from remogen_ros.rendering.viewpoint import LOW_ELEVATION, framing

_GAP = 4
_INK = (38, 43, 51)
_SIDE_COLOURS = {"left": (30, 90, 200), "right": (205, 30, 50), "": (70, 76, 86)}
_BESIDE = 0.95
"""Metres from the body to the skeleton beside it."""

_TURN = 35.0
"""Degrees from where the body faces to where it is looked at from."""


@dataclass(frozen=True)
class ComparedMotion:
    """A motion on two skeletons, frame by frame, in the same metres, z up.

    Attributes:
        name: written above its row.
        ours: (T, 22, 3) joints.
        source: (T, J, 3) joints.
        parents: (J,) of the source, -1 for a root, whose bone is not drawn.
        sides: (J,) "left", "right" or "" of each bone of the source.
    """

    name: str
    ours: NDArray[np.floating]
    source: NDArray[np.floating]
    parents: Sequence[int]
    sides: Sequence[str]


def comparison_sheet(
    motions: Sequence[ComparedMotion],
    path: Path,
    moments: int = 6,
    panel: tuple[int, int] = (330, 300),
) -> None:
    """Write a row of moments for each motion, evenly over its length, as one PNG.

    Bones of the left are blue and of the right red, on both skeletons.

    Args:
        motions: at least one.
        path: of the PNG; its folder must exist.
        moments: panels in a row.
        panel: width and height of a panel, pixels.

    Raises:
        ValueError: no motions.
    """
    if not motions:
        raise ValueError("a sheet needs at least one motion")
    width, height = panel
    size = (moments * (width + _GAP) - _GAP, len(motions) * (height + _GAP) - _GAP)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(max(11, height // 22))
    for row, motion in enumerate(motions):
        top = row * (height + _GAP)
        for column in range(moments):
            frame = round((column + 0.5) / moments * (len(motion.ours) - 1))
            sheet.paste(_moment(motion, frame, panel), (column * (width + _GAP), top))
        draw.text((8, top + 6), motion.name, fill=_INK, font=font)
    sheet.save(path)


def _moment(motion: ComparedMotion, frame: int, panel: tuple[int, int]) -> Image.Image:
    ours = motion.ours[frame].astype(np.float64)
    hips = ours[JOINT_INDEX["left_hip"]] - ours[JOINT_INDEX["right_hip"]]
    azimuth = float(np.degrees(np.arctan2(-hips[0], hips[1]))) + _TURN
    source = motion.source[frame] + _aside(motion, frame, azimuth)
    points = np.concatenate((ours, source))
    points = np.concatenate((points, points * (1.0, 1.0, 0.0), points + (0.0, 0.0, 0.1)))
    camera = framing(points, azimuth, LOW_ELEVATION, panel[0] / panel[1], fill=0.9)
    image = Image.fromarray(render(Scene([Body(ours, EGO)]), panel, camera))
    draw = ImageDraw.Draw(image)
    _draw_bones(draw, camera, panel, source, motion.parents, motion.sides, 3)
    _draw_bones(draw, camera, panel, ours, PARENTS, [_side(name) for name in JOINT_NAMES], 1)
    return image


def _aside(motion: ComparedMotion, frame: int, azimuth: float) -> NDArray[np.float64]:
    """(3,) from where the source is to the left of the body; both motions reach equally low."""
    turn = np.deg2rad(azimuth)
    shift = motion.ours[frame].mean(0) - motion.source[frame].mean(0)
    shift += np.array((np.sin(turn), -np.cos(turn), 0.0)) * _BESIDE
    shift[2] = motion.ours[..., 2].min() - motion.source[..., 2].min()
    return shift


def _side(name: str) -> str:
    side = name.split("_")[0]
    return side if side in ("left", "right") else ""


def _draw_bones(
    draw: ImageDraw.ImageDraw,
    camera: Camera,
    panel: tuple[int, int],
    joints: NDArray[np.float64],
    parents: Sequence[int],
    sides: Sequence[str],
    width: int,
) -> None:
    places = camera.project(joints, panel)
    for joint, (parent, side) in enumerate(zip(parents, sides, strict=True)):
        if parent >= 0:
            line = [tuple(places[parent]), tuple(places[joint])]
            draw.line(line, fill=_SIDE_COLOURS[side], width=width)
