"""Versions of one motion, a row of moments each, seen alike, beside a plan of the floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from remogen_ros.embodiment.colours import GOAL, Colour
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.rendering.floor_plan import FloorPlan, Way
from remogen_ros.rendering.following import following_cameras, opened
from remogen_ros.rendering.picture import render
from remogen_ros.rendering.scene import Body, Camera, Pin, Scene, Surface

MOMENTS = 8
"""Moments of a row."""

_GAP = 4
_EDGE = 12
_INK, _FAINT = (38, 43, 51), (105, 112, 122)
_HEADING, _TITLE, _SMALL = 28, 22, 18
_LINE = 1.4

_FILL = 0.84
_NEARER = 2.5
_WIDE = 0.92
"""Width over height of a moment."""


@dataclass(frozen=True)
class Actor:
    """A body in motion.

    Attributes:
        name: for the legend of its row.
        colour: of the figure, and of its way in the plan.
        joints: (T, 22, 3) metres.
        surface: what it looks like at a frame, where it is no figure of a person.
    """

    name: str
    colour: Colour
    joints: NDArray[np.floating]
    surface: Callable[[int], Surface] | None = None

    def body(self, frame: int) -> Body:
        """It at one frame."""
        surface = None if self.surface is None else self.surface(frame)
        return Body(self.joints[frame], self.colour, self.name, surface)


@dataclass(frozen=True)
class ComparedStrip:
    """What is drawn.

    Attributes:
        heading: the first line.
        details: the second line.
        rows: actors of each version; an actor of the same name is the same in all of them. All
            motions have the same length.
        voxels: (N, 3) centres of the room's occupied cells, metres.
        goal: x and y where the pelvis is to be in the end, metres.
    """

    heading: str
    details: str
    rows: Sequence[Sequence[Actor]]
    voxels: NDArray[np.floating] | None = None
    goal: tuple[float, float] | None = None

    def save(self, path: Path, height: int = 270) -> None:
        """Write the PNG.

        Args:
            path: its folder must exist.
            height: of a moment, pixels.

        Raises:
            ValueError: no bodies, or bodies of different lengths.
        """
        lengths = {len(actor.joints) for row in self.rows for actor in row}
        if len(lengths) != 1 or 0 in lengths:
            raise ValueError(f"a strip needs bodies of one length, not {sorted(lengths)} frames")
        moments = even_moments(lengths.pop())
        panel = (round(height * _WIDE), height)
        everyone = [self._scene(self._actors(), frame) for frame in moments]
        cameras = following_cameras(everyone, _WIDE, _FILL, _NEARER)
        strip = self._strip(moments, cameras, panel)
        plan = self._plan(moments, cameras[0], strip.height)
        head = round(_EDGE / 2 + (_HEADING + _SMALL) * _LINE)
        size = (3 * _EDGE + strip.width + plan.width, head + strip.height + 2 * _EDGE)
        sheet = Image.new("RGB", size, "white")
        sheet.paste(strip, (_EDGE, head + _EDGE))
        sheet.paste(plan, (2 * _EDGE + strip.width, head + _EDGE))
        draw = ImageDraw.Draw(sheet)
        draw.text((_EDGE, _EDGE / 2), self.heading, _INK, _font(_HEADING))
        draw.text((_EDGE, _EDGE / 2 + _HEADING * _LINE), self.details, _FAINT, _font(_SMALL))
        sheet.save(path)

    def _actors(self) -> list[Actor]:
        return list({actor.name: actor for row in self.rows for actor in row}.values())

    def _scene(self, actors: Sequence[Actor], frame: int) -> Scene:
        return Scene(
            [actor.body(frame) for actor in actors],
            np.zeros((0, 3)) if self.voxels is None else self.voxels,
            pins=[] if self.goal is None else [Pin(self.goal, GOAL)],
        )

    def _strip(
        self, moments: Sequence[int], cameras: Sequence[Camera], panel: tuple[int, int]
    ) -> Image.Image:
        width, height = panel
        title = round(_TITLE * _LINE)
        size = ((width + _GAP) * len(moments) - _GAP, (title + height + _GAP) * len(self.rows))
        strip = Image.new("RGB", size, "white")
        draw = ImageDraw.Draw(strip)
        for number, row in enumerate(self.rows):
            top = number * (title + height + _GAP)
            _legend(draw, row, (0, top + title / 2))
            for column, (frame, camera) in enumerate(zip(moments, cameras, strict=True)):
                scene = opened(self._scene(row, frame), camera)
                place = (column * (width + _GAP), top + title)
                strip.paste(Image.fromarray(render(scene, panel, camera)), place)
                seconds = f"{frame / FRAME_RATE:.1f} s"
                where = (place[0] + 8, place[1] + 6)
                draw.text(where, seconds, _INK, _font(_SMALL), stroke_width=3, stroke_fill="white")
        return strip

    def _plan(self, moments: Sequence[int], camera: Camera, side: int) -> Image.Image:
        back = camera.eye - camera.target
        actors = self._actors()
        ways = [Way(actor.joints, actor.colour) for actor in actors]
        azimuth = float(np.degrees(np.arctan2(back[1], back[0])))
        title = round(_TITLE * _LINE)
        plan = Image.new("RGB", (side - title - _GAP, side), "white")
        floor = FloorPlan(ways, moments, self.voxels, self.goal, azimuth)
        plan.paste(floor.drawn(plan.width), (0, title))
        draw = ImageDraw.Draw(plan)
        told = "from above, lines a metre apart" + ("; ring: goal" if self.goal else "")
        draw.text((0, title / 2), told, _INK, _font(_SMALL), anchor="lm")
        return plan


def even_moments(frames: int, most: int = MOMENTS) -> list[int]:
    """Frames at fixed steps from the first one on, as far apart as so many of them allow."""
    step = max(1, (frames - 1) // (most - 1))
    return list(range(0, frames, step))[:most]


def _legend(draw: ImageDraw.ImageDraw, row: Sequence[Actor], place: tuple[float, float]) -> None:
    left, middle = place
    dot, font = _TITLE / 3, _font(_TITLE)
    for actor in {actor.name: actor for actor in row}.values():
        colour = tuple(round(255 * value) for value in actor.colour)
        draw.ellipse((left, middle - dot, left + 2 * dot, middle + dot), fill=colour)
        left += 3 * dot
        draw.text((left, middle), actor.name, _INK, font, anchor="lm")
        left += draw.textlength(actor.name, font) + 4 * dot


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
