"""A robot's MuJoCo model, checked against its YAML file, and how it stands in the ego's T-pose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.robot_description import (
    FEET,
    RobotDescription,
    load_robot,
    model_path,
)
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_INDEX

Array = NDArray[np.float64]

ROOT_QPOS = 7
"""Leading entries of a configuration: root position, then its quaternion wxyz."""

_BIT = 1


@dataclass(frozen=True)
class RobotModel:
    """A robot, ready to be posed. J joints are moved; N targets, in SMPL order, are followed.

    Attributes:
        description: what its YAML file says.
        mujoco: the model; each target's point is a site of the name of its SMPL joint.
        qpos: (J,) where each joint is in a configuration.
        dofs: (J,) where each joint is in a velocity.
        lower, upper: (J,) ranges, radians, with the margin taken off.
        velocity: (J,) greatest that drives reach, rad/s; infinite where not limited.
        command_velocity: (J,) greatest that joints are told, rad/s; no more than `velocity`.
        acceleration: (J,) greatest that joints are told, rad/s^2; infinite where not limited.
        stand: (nq,) the easy stance, upright at the origin, soles on the floor.
        t_pose: (nq,) the ego's T-pose, upright at the origin, soles on the floor.
        targets: N SMPL joints.
        sites: (N,) their sites.
        rest_positions: (N, 3) of the targets in the T-pose, metres.
        rest_rotations: (N, 3, 3) of their bodies in the T-pose.
        soles: of the left and the right foot, (S, 3) points in the frame of the body, metres.
    """

    description: RobotDescription
    mujoco: mujoco.MjModel
    qpos: NDArray[np.int_]
    dofs: NDArray[np.int_]
    lower: Array
    upper: Array
    velocity: Array
    command_velocity: Array
    acceleration: Array
    stand: Array
    t_pose: Array
    targets: tuple[str, ...]
    sites: NDArray[np.int_]
    rest_positions: Array
    rest_rotations: Array
    soles: tuple[Array, Array]

    @staticmethod
    def load(name: str, meshes: bool = False) -> RobotModel:
        """A shipped robot by its name, or a user's own by the path of its YAML file.

        Args:
            meshes: keep the model's meshes, which only pictures need and which load slowly.

        Raises:
            UserError: the file is wrong, or it and the model do not agree.
        """
        description, path = load_robot(name)
        return build(description, path, meshes)


def build(description: RobotDescription, source: Path, meshes: bool = False) -> RobotModel:
    """The robot of a description.

    Args:
        description: of the robot.
        source: the file it was read from; paths are relative to it, and errors name it.
        meshes: as in `RobotModel.load`.

    Raises:
        UserError: the model cannot be read, or lacks what the file names.
    """
    model = _compiled(description, source, meshes)
    joints = [
        _joint(model, name, f"joints.{i}", source) for i, name in enumerate(description.joints)
    ]
    for consumer, names in description.consumers.items():
        for index, name in enumerate(names):
            if name not in description.joints:
                field = f"consumers.{consumer}.{index}"
                raise _wrong(source, field, f"'{name}' is not among the robot's joints")
    for index, pair in enumerate(description.self_collision.pairs):
        for body in (*pair[0], *pair[1]):
            _check_body(model, body, f"self_collision.pairs.{index}", source)
    qpos, dofs = model.jnt_qposadr[joints], model.jnt_dofadr[joints]
    lower, upper = _ranges(model, joints, description.margin)
    targets = tuple(sorted(description.targets, key=JOINT_INDEX.__getitem__))
    sites = np.array([model.site(joint).id for joint in targets])
    soles = tuple(np.array(description.targets[foot].sole) for foot in FEET)
    stance = _configuration(model, description.stand, "stand", source)
    stance[qpos] = np.clip(stance[qpos], lower, upper)
    t_pose = _configuration(model, description.t_pose, "t_pose", source)
    data = mujoco.MjData(model)
    for configuration in (stance, t_pose):
        configuration[2] -= lowest_sole(model, data, configuration, soles)
    velocity = by_pattern(description.velocity, "velocity", description, source)
    told = by_pattern(description.command_velocity, "command_velocity", description, source)
    data.qpos[:] = t_pose
    mujoco.mj_kinematics(model, data)
    return RobotModel(
        description=description,
        mujoco=model,
        qpos=qpos,
        dofs=dofs,
        lower=lower,
        upper=upper,
        velocity=velocity,
        command_velocity=np.minimum(told, velocity),
        acceleration=by_pattern(description.acceleration, "acceleration", description, source),
        stand=stance,
        t_pose=t_pose,
        targets=targets,
        sites=sites,
        rest_positions=data.site_xpos[sites].copy(),
        rest_rotations=data.site_xmat[sites].reshape(-1, 3, 3).copy(),
        soles=(soles[0], soles[1]),
    )


def lowest_sole(
    model: mujoco.MjModel, data: mujoco.MjData, qpos: Array, soles: Iterable[Array]
) -> float:
    """Height of the lowest point of either sole in a configuration (nq,), metres."""
    data.qpos[:] = qpos
    mujoco.mj_kinematics(model, data)
    return min(
        float(
            (points @ data.body(model.site(foot).bodyid[0]).xmat[6:]).min()
            + data.body(model.site(foot).bodyid[0]).xpos[2]
        )
        for foot, points in zip(FEET, soles, strict=True)
    )


def robot_spec(description: RobotDescription, source: Path, meshes: bool = False) -> mujoco.MjSpec:
    """The robot's model before it is compiled, for who adds to it; each target's point is a site.

    Args:
        description, source, meshes: as for `build`.

    Raises:
        UserError: the model cannot be read, or lacks the body of a target.
    """
    path = model_path(description, source)
    try:
        spec = mujoco.MjSpec.from_file(str(path))
    except ValueError as error:
        raise _wrong(source, "model.file", f"MuJoCo cannot read {path}: {_line(error)}") from error
    for joint, target in description.targets.items():
        body = spec.body(target.body)
        if body is None:
            raise _no_body(
                source, f"targets.{joint}.body", target.body, [b.name for b in spec.bodies]
            )
        if spec.site(joint) is not None:
            spec.delete(spec.site(joint))
        body.add_site(name=joint, pos=target.point)
    if not meshes:
        for geom in [g for g in spec.geoms if g.type == mujoco.mjtGeom.mjGEOM_MESH]:
            spec.delete(geom)
        for mesh in list(spec.meshes):
            spec.delete(mesh)
    return spec


def _compiled(description: RobotDescription, source: Path, meshes: bool) -> mujoco.MjModel:
    spec, path = robot_spec(description, source, meshes), model_path(description, source)
    try:
        model = spec.compile()
    except ValueError as error:
        raise _wrong(source, "model.file", f"MuJoCo cannot build {path}: {_line(error)}") from error
    if model.njnt == 0 or model.jnt_type[0] != mujoco.mjtJoint.mjJNT_FREE:
        raise _wrong(source, "model.file", f"the first joint of {path} is not a free joint")
    return model


def _joint(model: mujoco.MjModel, name: str, field: str, source: Path) -> int:
    index = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, name)
    if index < 0 or model.jnt_type[index] != mujoco.mjtJoint.mjJNT_HINGE:
        hinges = [
            model.joint(j).name
            for j in range(model.njnt)
            if model.jnt_type[j] == mujoco.mjtJoint.mjJNT_HINGE
        ]
        what = f"the model has no hinge '{name}'; it has: {', '.join(hinges)}"
        raise _wrong(source, field, what)
    return index


def _check_body(model: mujoco.MjModel, name: str, field: str, source: Path) -> None:
    if mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name) < 0:
        raise _no_body(source, field, name, [model.body(b).name for b in range(1, model.nbody)])


def _ranges(model: mujoco.MjModel, joints: list[int], margin: float) -> tuple[Array, Array]:
    limited = model.jnt_limited[joints].astype(bool)
    lower = np.where(limited, model.jnt_range[joints, 0] + margin, -np.inf)
    upper = np.where(limited, model.jnt_range[joints, 1] - margin, np.inf)
    middle = np.where(limited, model.jnt_range[joints].mean(axis=1), 0.0)
    return np.minimum(lower, middle), np.maximum(upper, middle)


def _configuration(
    model: mujoco.MjModel, angles: Mapping[str, float], field: str, source: Path
) -> Array:
    """(nq,) upright at the origin, facing x, with these joint angles and all others at 0."""
    qpos = np.zeros(model.nq)
    qpos[3] = 1.0
    for name, angle in angles.items():
        qpos[model.jnt_qposadr[_joint(model, name, f"{field}.{name}", source)]] = angle
    return qpos


def by_pattern(
    limits: Mapping[str, float], field: str, description: RobotDescription, source: Path
) -> Array:
    """(J,) the limit of each joint; infinite where no pattern fits.

    Raises:
        UserError: a pattern fits none of the robot's joints.
    """
    values = np.full(len(description.joints), np.inf)
    for pattern, limit in limits.items():
        fits = np.array([fnmatchcase(name, pattern) for name in description.joints])
        if not fits.any():
            raise _wrong(source, f"{field}.{pattern}", "fits none of the robot's joints")
        values[fits] = limit
    return values


def _no_body(source: Path, field: str, name: str, bodies: list[str]) -> UserError:
    return _wrong(source, field, f"the model has no body '{name}'; it has: {', '.join(bodies)}")


def _wrong(source: Path, field: str, what: str) -> UserError:
    return UserError(f"Robot file {source}: {field}: {what}.")


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
