"""What stands in the browser's scene: figures whose parts move, and the cells of the room."""

from __future__ import annotations

import numpy as np
import viser
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.colours import Colour
from remogen_ros.rendering.figure import part_poses
from remogen_ros.rendering.figure_parts import PARTS
from remogen_ros.rendering.meshes import dark_tone, exposed_cells, room_colours

_GAP = 0.94
"""Cubes are drawn a little smaller than cells, so that each can be told from its neighbours."""

_VISIBLE = np.array([5e-4] * 3 + [1e-3] * 4 + [1e-2] * 3)
"""Metres, quaternion components and stretch by which a part must move to be moved."""


class BodyView:
    """A figure in the scene: one mesh for every part, sent once and then only moved.

    Args:
        server: whose scene.
        name: of the scene node.
        colour: of the figure.
    """

    def __init__(self, server: viser.ViserServer, name: str, colour: Colour) -> None:
        self._frame = server.scene.add_frame(name, show_axes=False)
        self._shown = np.full((len(PARTS), 10), np.nan)
        self.joints: NDArray[np.floating] | None = None
        """(22, 3) metres: what is shown now; None while hidden."""
        self._parts = [
            server.scene.add_mesh_simple(
                f"{name}/{part.name}",
                part.shape.vertices,
                part.shape.faces.astype(np.uint32),
                color=_bytes(dark_tone(colour) if part.dark else np.asarray(colour)),
                visible=False,
            )
            for part in PARTS
        ]

    def show(self, joints: NDArray[np.floating] | None) -> None:
        """Move the figure to (22, 3) joint positions, metres; None hides it."""
        self.joints = joints
        if joints is None:
            self._frame.visible = False
            return
        poses = part_poses(joints)
        turns = np.where(poses.seen[:, None, None], poses.rotations, np.eye(3))
        wxyz = np.roll(Rotation.from_matrix(turns).as_quat(), 1, axis=1)
        wanted = np.concatenate((poses.positions, wxyz, poses.scales), axis=1)
        # Each assignment is a message to every page: leave out what nobody could see.
        with np.errstate(invalid="ignore"):
            still = np.abs(wanted - self._shown) < _VISIBLE
        for row, part in enumerate(self._parts):
            seen = bool(poses.seen[row])
            if part.visible != seen:
                part.visible = seen
            if not seen:
                continue
            if not still[row, :3].all():
                part.position = self._shown[row, :3] = wanted[row, :3]
            if not still[row, 3:7].all():
                part.wxyz = self._shown[row, 3:7] = wanted[row, 3:7]
            if not still[row, 7:].all():
                x, y, z = (float(value) for value in wanted[row, 7:])
                part.scale = (x, y, z)
                self._shown[row, 7:] = wanted[row, 7:]
        if not self._frame.visible:
            self._frame.visible = True

    def remove(self) -> None:
        """Take the figure out of the scene."""
        self._frame.remove()


class VoxelView:
    """The occupied cells of the room, as cubes.

    Args:
        server: whose scene.
        name: of the scene node.
        cell: edge of a cell, metres.
    """

    def __init__(self, server: viser.ViserServer, name: str, cell: float) -> None:
        self._server, self._name, self._cell = server, name, cell
        self.centres: NDArray[np.floating] = np.zeros((0, 3))
        """(N, 3) metres: the cells that are shown now."""
        self._handle: viser.BatchedMeshHandle | None = None

    def show(self, centres: NDArray[np.floating]) -> None:
        """Replace the cells by those with these centres, (N, 3) metres."""
        if np.array_equal(centres, self.centres):
            return
        self.centres = centres
        cells = exposed_cells(centres, self._cell)
        if len(cells) == 0:
            if self._handle is not None:
                self._handle.remove()
                self._handle = None
            return
        half = self._cell * _GAP / 2.0
        corners = np.array(
            [(x, y, z) for x in (-half, half) for y in (-half, half) for z in (-half, half)]
        )
        self._handle = self._server.scene.add_batched_meshes_simple(
            self._name,
            corners,
            _CUBE_FACES,
            np.tile((1.0, 0.0, 0.0, 0.0), (len(cells), 1)),
            cells,
            batched_colors=(room_colours(cells[:, 2]) * 255.0).astype(np.uint8),
            flat_shading=True,
            lod="off",
        )


_CUBE_FACES = np.array(
    (
        (0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1),
        (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3),
    ),
    np.uint32,
)  # fmt: skip


def _bytes(colour: NDArray[np.floating]) -> tuple[int, int, int]:
    red, green, blue = (round(255.0 * float(value)) for value in colour)
    return red, green, blue
