"""Parts of a robot that are kept from each other, by mink's own limit."""

from __future__ import annotations

import mink
import mujoco
from mink import CollisionAvoidanceLimit

from remogen_ros.embodiment.robot_model import RobotModel

_SEEN = 0.08
"""Metres around the kept distance in which two parts slow each other down."""


def collision_limit(robot: RobotModel) -> list[mink.Limit]:
    """The limit that keeps the pairs of the robot's file apart; none where it has no pairs."""
    told = robot.description.self_collision
    pairs = [(_shapes(robot, first), _shapes(robot, second)) for first, second in told.pairs]
    pairs = [pair for pair in pairs if pair[0] and pair[1]]
    if not pairs:
        return []
    return [
        CollisionAvoidanceLimit(
            robot.mujoco,
            pairs,
            minimum_distance_from_collisions=told.distance,
            collision_detection_distance=told.distance + _SEEN,
        )
    ]


def _shapes(robot: RobotModel, bodies: list[str]) -> list[int]:
    """The simple shapes of these bodies: spheres, capsules, cylinders, boxes; no meshes.

    They are told to collide, which models that are tuned for fast simulation leave out.
    """
    model = robot.mujoco
    wanted = {model.body(body).id for body in bodies}
    shapes = [
        geom
        for geom in range(model.ngeom)
        if model.geom_bodyid[geom] in wanted and model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_MESH
    ]
    model.geom_contype[shapes] = model.geom_conaffinity[shapes] = 1
    return shapes
