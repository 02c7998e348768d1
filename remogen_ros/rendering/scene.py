"""What a picture shows, and from where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import CELL
from remogen_ros.embodiment.colours import Colour
from remogen_ros.motion.skeleton import JOINT_INDEX

Points = NDArray[np.floating]


@dataclass(frozen=True)
class Surface:
    """What a body looks like, where it is no figure of a person.

    Attributes:
        triangles: (F, 3, 3) corners, metres, counter-clockwise from outside.
        colours: (F, 3) sRGB, 0 .. 1.
    """

    triangles: Points
    colours: Points


@dataclass(frozen=True)
class Body:
    """A person, an avatar or a robot.

    Attributes:
        joints: (22, 3) metres, z up; parts whose joints are NaN are left out.
        colour: of the figure.
        name: for the legend; empty for none.
        surface: drawn instead of the figure; the joints then only say where to look.
    """

    joints: Points
    colour: Colour
    name: str = ""
    surface: Surface | None = None


@dataclass(frozen=True)
class Label:
    """Words beside a point of the scene."""

    text: str
    position: tuple[float, float, float]


@dataclass(frozen=True)
class Pin:
    """A marked place on the floor: a ring, and a thin pole that shows it behind things.

    Attributes:
        place: x and y, metres.
        colour: of both.
    """

    place: tuple[float, float]
    colour: Colour


@dataclass(frozen=True)
class Scene:
    """Everything in one picture, in one frame whose z = 0 is the floor.

    Attributes:
        bodies: drawn as figures.
        voxels: (N, 3) centres of occupied cells, metres.
        cell: edge of a cell, metres.
        cloud: (M, 3) points, metres.
        labels: drawn on top.
        pins: marked places.
    """

    bodies: Sequence[Body] = ()
    voxels: Points = field(default_factory=lambda: np.zeros((0, 3)))
    cell: float = CELL
    cloud: Points = field(default_factory=lambda: np.zeros((0, 3)))
    labels: Sequence[Label] = ()
    pins: Sequence[Pin] = ()

    def cut_away(self, camera: Camera, ceiling: float = 2.1, margin: float = 0.4) -> Scene:
        """Without the voxels and points that hide the bodies: near the camera, and overhead.

        Nearer than the bodies is what is so along the line of sight, or over the floor: else a
        camera that looks down would see hills of what is left of the things before them.

        Args:
            camera: from where the scene is seen.
            ceiling: height above which nothing is kept, metres.
            margin: distance in front of the nearest body that is still kept, metres.
        """
        seen = finite(body.joints for body in self.bodies)
        forward = camera.axes[:, 2]
        level = forward * (1.0, 1.0, 0.0)
        ways = np.stack((forward, level / max(float(np.linalg.norm(level)), 1e-9)), axis=1)
        nearest = np.full(2, -np.inf)
        if len(seen):
            nearest = ((seen - camera.eye) @ ways).min(0) - margin

        def kept(points: Points) -> Points:
            far = ((points - camera.eye) @ ways > nearest).all(1)
            return points[far & (points[:, 2] < ceiling)]

        return replace(self, voxels=kept(self.voxels), cloud=kept(self.cloud))


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that is held upright.

    Attributes:
        eye: (3,) where it is, metres.
        target: (3,) what is in the middle of the picture.
        field_of_view: vertical, degrees.
    """

    eye: NDArray[np.float64]
    target: NDArray[np.float64]
    field_of_view: float = 32.0

    @property
    def axes(self) -> NDArray[np.float64]:
        """(3, 3) directions to the right, down and forward, as columns."""
        forward = self.target - self.eye
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right = right / np.linalg.norm(right)
        return np.stack((right, np.cross(forward, right), forward), axis=-1)

    def rays(self, pixels: Points, size: tuple[int, int]) -> NDArray[np.float32]:
        """Rays (N, 6), origin and unit direction, through pixel positions (N, 2) x, y."""
        width, height = size
        focal = height / 2.0 / np.tan(np.deg2rad(self.field_of_view) / 2.0)
        rays = np.ones((len(pixels), 6), np.float32)
        rays[:, 3:5] = (pixels - (width / 2.0, height / 2.0)) / focal
        rays[:, 3:] = rays[:, 3:] @ self.axes.T.astype(np.float32)
        rays[:, 3:] /= np.sqrt(np.einsum("ij,ij->i", rays[:, 3:], rays[:, 3:]))[:, None]
        rays[:, :3] = self.eye
        return rays

    def project(self, points: Points, size: tuple[int, int]) -> NDArray[np.float64]:
        """Pixel positions (N, 2) of points (N, 3) in front of the camera."""
        width, height = size
        focal = height / 2.0 / np.tan(np.deg2rad(self.field_of_view) / 2.0)
        local = (points - self.eye) @ self.axes
        return local[:, :2] / local[:, 2:] * focal + (width / 2.0, height / 2.0)


def outline(body: Body) -> Points:
    """The joints of a body, and the top of its head."""
    neck, head = body.joints[[JOINT_INDEX["neck"], JOINT_INDEX["head"]]]
    return np.concatenate((body.joints, head[None] + (head - neck) * 1.4))


def finite(groups: Iterable[Points]) -> NDArray[np.float64]:
    """(N, 3) the finite rows of arrays (..., 3)."""
    points = np.concatenate([np.zeros((0, 3)), *(np.reshape(group, (-1, 3)) for group in groups)])
    return points[np.isfinite(points).all(1)]
