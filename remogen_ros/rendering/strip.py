"""A motion at a glance: its moments side by side, all seen from the same direction and distance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from remogen_ros.embodiment.colours import Colour
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.rendering.following import following_cameras, opened
from remogen_ros.rendering.picture import render
from remogen_ros.rendering.scene import Body, Scene

_GAP = 4
_INK = (38, 43, 51)


def motion_strip(
    bodies: Sequence[tuple[str, Colour, NDArray[np.floating]]],
    path: Path,
    *,
    every: int = 5,
    columns: int = 6,
    panel: tuple[int, int] = (320, 320),
    rate: float = FRAME_RATE,
    voxels: NDArray[np.floating] | None = None,
) -> None:
    """Write moments of a motion as one PNG.

    Args:
        bodies: name, colour and joints (T, 22, 3) in metres of each; all of the same length T.
        path: of the PNG; its folder must exist.
        every: frames from one moment to the next.
        columns: moments in a row.
        panel: width and height of a moment, pixels.
        rate: frames per second, for the times that are written.
        voxels: (N, 3) centres of occupied cells, metres.

    Raises:
        ValueError: no bodies, bodies of different lengths, or a moment without a finite joint.
    """
    lengths = {len(joints) for _, _, joints in bodies}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"a strip needs bodies of one length, not {sorted(lengths)} frames")
    room = np.zeros((0, 3)) if voxels is None else voxels
    frames = range(0, lengths.pop(), every)
    scenes = [
        Scene([Body(joints[frame], colour, name) for name, colour, joints in bodies], room)
        for frame in frames
    ]
    cameras = following_cameras(scenes, panel[0] / panel[1])
    rows = math.ceil(len(scenes) / columns)
    width, height = panel
    sheet = Image.new(
        "RGB",
        (min(columns, len(scenes)) * (width + _GAP) - _GAP, rows * (height + _GAP) - _GAP),
        "white",
    )
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(max(11, height // 20))
    for place, (frame, scene, camera) in enumerate(zip(frames, scenes, cameras, strict=True)):
        left, top = place % columns * (width + _GAP), place // columns * (height + _GAP)
        pixels = render(opened(scene, camera), panel, camera)
        sheet.paste(Image.fromarray(pixels), (left, top))
        draw.text((left + 8, top + 6), f"{frame / rate:.1f} s", fill=_INK, font=font)
    sheet.save(path)
