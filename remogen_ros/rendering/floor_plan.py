"""Ways over the floor, seen from above, between the furniture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from remogen_ros.cues.occupancy import CELL
from remogen_ros.embodiment.colours import GOAL, Colour
from remogen_ros.motion.skeleton import JOINT_INDEX

_FINE = 3
"""Drawn so many times larger, then made smaller: smooth lines."""

_MARGIN = 0.5
_LEAST = 2.4
"""Metres around the ways, and across the plan at least."""

_CEILING = 2.1
_TONES = ((196, 200, 206), (128, 135, 144))
"""Of things that end at the floor, and at the ceiling."""

_PAPER, _GRID = (246, 247, 249), (214, 218, 224)
_FACING = 0.2
_DOT = 0.03
_RING = 0.2
"""Metres: how far a nose points, radius of a moment's dot and of the goal's ring."""

Flat = NDArray[np.float64]


@dataclass(frozen=True)
class Way:
    """Where a body goes.

    Attributes:
        joints: (T, 22, 3) metres.
        colour: of the line.
        width: of the line, pixels.
    """

    joints: NDArray[np.floating]
    colour: Colour
    width: float = 3.0


@dataclass(frozen=True)
class FloorPlan:
    """What a plan shows.

    Attributes:
        ways: drawn one over the other; the first one is at the bottom.
        moments: frames at which a dot is drawn, and a line to where the body faces.
        voxels: (N, 3) centres of occupied cells, metres.
        goal: x and y, metres.
        azimuth: degrees about z from +x, of the direction that points down in the plan: that of the
            camera beside whose pictures it stands.
    """

    ways: Sequence[Way]
    moments: Sequence[int] = ()
    voxels: NDArray[np.floating] | None = None
    goal: tuple[float, float] | None = None
    azimuth: float = -90.0

    def drawn(self, side: int) -> Image.Image:
        """A square picture of so many pixels a side."""
        sheet = _Sheet.around(self._extent(), self.azimuth, side * _FINE)
        sheet.grid()
        if self.voxels is not None:
            sheet.furniture(self.voxels)
        if self.goal is not None:
            sheet.ring(np.array(self.goal))
        for way in self.ways:
            sheet.way(way, self.moments)
        return sheet.image.resize((side, side), Image.Resampling.LANCZOS)

    def _extent(self) -> Flat:
        points = [way.joints[:, 0, :2] for way in self.ways]
        if self.goal is not None:
            points.append(np.array([self.goal]))
        return np.concatenate(points).astype(np.float64)


@dataclass(frozen=True)
class _Sheet:
    """Paper of which the middle is at `centre`; `turn` (2, 2) has its right and down as rows."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    centre: Flat
    turn: Flat
    scale: float

    @staticmethod
    def around(points: Flat, azimuth: float, side: int) -> _Sheet:
        angle = np.deg2rad(azimuth)
        down = np.array((np.cos(angle), np.sin(angle)))
        turn = np.stack((np.array((-down[1], down[0])), down))
        local = points @ turn.T
        low, high = local.min(0), local.max(0)
        across = max(float((high - low).max()) + 2 * _MARGIN, _LEAST)
        image = Image.new("RGB", (side, side), _PAPER)
        centre = (low + high) / 2 @ turn
        return _Sheet(image, ImageDraw.Draw(image), centre, turn, side / across)

    def at(self, points: Flat) -> Flat:
        """(..., 2) metres -> (..., 2) pixels."""
        return (points - self.centre) @ self.turn.T * self.scale + self.image.width / 2

    def grid(self) -> None:
        """Lines a metre apart, as on the floor of pictures."""
        reach = np.ceil(self.image.width / self.scale)
        first = np.round(self.centre) - reach
        for step in np.arange(2 * reach + 1):
            for ends in (((step, 0), (step, 2 * reach)), ((0, step), (2 * reach, step))):
                self._line(first + np.array(ends), _GRID, _FINE)

    def furniture(self, voxels: NDArray[np.floating]) -> None:
        """Columns of cells below the ceiling, the darker the higher."""
        heights: dict[tuple[float, float], float] = {}
        for x, y, z in np.round(voxels[voxels[:, 2] < _CEILING], 3).tolist():
            heights[x, y] = max(z, heights.get((x, y), 0.0))
        corners = np.array(((-1, -1), (1, -1), (1, 1), (-1, 1))) * CELL / 2
        low, high = np.array(_TONES)
        for place, height in heights.items():
            tone = low + (high - low) * min(height / _CEILING, 1.0)
            polygon = self.at(np.array(place) + corners)
            self.draw.polygon([(x, y) for x, y in polygon], fill=tuple(tone.astype(int).tolist()))

    def ring(self, place: Flat) -> None:
        """The goal."""
        x, y = self.at(place)
        radius = _RING * self.scale
        box = (x - radius, y - radius, x + radius, y + radius)
        self.draw.ellipse(box, outline=_bytes(GOAL), width=4 * _FINE)

    def way(self, way: Way, moments: Sequence[int]) -> None:
        """A line, dots at moments, noses."""
        pelvis = way.joints[:, JOINT_INDEX["pelvis"], :2].astype(np.float64)
        colour = _bytes(way.colour)
        self._line(pelvis, colour, round(way.width * _FINE))
        for frame in moments:
            nose = pelvis[frame] + _FACING * facing(way.joints[frame])
            self._line(np.stack((pelvis[frame], nose)), colour, round(way.width * _FINE / 2))
            x, y = self.at(pelvis[frame])
            radius = max(_DOT * self.scale, 1.6 * way.width * _FINE)
            box = (x - radius, y - radius, x + radius, y + radius)
            # Where it begins is hollow.
            fill = _PAPER if frame == moments[0] else colour
            self.draw.ellipse(box, fill=fill, outline=colour, width=2 * _FINE)

    def _line(self, points: Flat, colour: tuple[int, ...], width: int) -> None:
        places = [(x, y) for x, y in self.at(points)]
        self.draw.line(places, fill=colour, width=width, joint="curve")


def facing(joints: NDArray[np.floating]) -> Flat:
    """(2,) the direction over the floor in which a body (22, 3) faces, from its hip line."""
    hips = (joints[JOINT_INDEX["left_hip"]] - joints[JOINT_INDEX["right_hip"]]).astype(np.float64)
    ahead = np.array((hips[1], -hips[0]))
    return ahead / max(float(np.linalg.norm(ahead)), 1e-9)


def _bytes(colour: Colour) -> tuple[int, ...]:
    return tuple(round(255 * value) for value in colour)
