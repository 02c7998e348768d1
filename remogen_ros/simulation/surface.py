"""What a robot looks like: the triangles of its model's meshes, posed."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.colours import Colour
from remogen_ros.embodiment.robot_model import RobotModel

_PALE, _DARK = 0.55, 0.35
"""How much of the colour light and dark parts of the robot take on."""

_LIGHT = 0.5
"""Mean of a part's red, green and blue from which on it is light."""


def robot_surface(
    robot: RobotModel,
    joints: Mapping[str, float],
    root_position: NDArray[np.floating],
    root_rotation: NDArray[np.floating],
    colour: Colour,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A robot in one pose.

    Args:
        robot: loaded with its meshes.
        joints: radians, by name.
        root_position: (3,) metres.
        root_rotation: (4,) unit quaternion xyzw.
        colour: that tints it.

    Returns:
        (F, 3, 3) corners of triangles, metres, and their (F, 3) sRGB colours.
    """
    model = robot.mujoco
    data = mujoco.MjData(model)
    data.qpos[:3], data.qpos[3:7] = root_position, root_rotation[[3, 0, 1, 2]]
    for name, angle in joints.items():
        data.qpos[model.joint(name).qposadr[0]] = angle
    mujoco.mj_kinematics(model, data)
    triangles, colours = [np.zeros((0, 3, 3))], [np.zeros((0, 3))]
    for geom in np.flatnonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_MESH):
        # Meshes that are there to collide would hide those that are there to be seen.
        if model.geom_contype[geom] or model.geom_conaffinity[geom]:
            continue
        mesh = model.geom_dataid[geom]
        first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        corners = model.mesh_vert[first : first + count] @ data.geom_xmat[geom].reshape(3, 3).T
        corners = corners + data.geom_xpos[geom]
        first, count = model.mesh_faceadr[mesh], model.mesh_facenum[mesh]
        faces = model.mesh_face[first : first + count]
        material = model.geom_matid[geom]
        own = (model.geom_rgba[geom] if material < 0 else model.mat_rgba[material])[:3]
        share = _PALE if own.mean() > _LIGHT else _DARK
        triangles.append(corners[faces])
        colours.append(np.tile((1.0 - share) * own + share * np.array(colour), (len(faces), 1)))
    return np.concatenate(triangles), np.concatenate(colours)
