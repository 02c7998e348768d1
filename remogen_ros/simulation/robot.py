"""A robot's MuJoCo model made ready for physics: a floor, servos, and a base that is carried."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.robot_description import FEET, load_robot
from remogen_ros.embodiment.robot_model import RobotModel, build, by_pattern, robot_spec
from remogen_ros.errors import UserError

Array = NDArray[np.float64]

TIMESTEP = 0.002
"""Seconds of one step of the physics."""

CARRIER = "remogen_carrier"
"""The body, moved by hand, to which the robot's base is welded."""

_FLOOR = "remogen_floor"
SOLE_RADIUS = 0.005
"""Metres, of the balls on which soles stand."""

_FRICTION = (0.8, 0.8, 0.005, 0.0001, 0.0001)
"""Of soles on the floor: rubber on a hard floor."""

CARRIER_LAG_S = 2.0 * TIMESTEP
"""Time constant of the weld: the shortest that MuJoCo allows at this step."""

_HARD_REFERENCE = (CARRIER_LAG_S, 1.0)
_HARD_IMPEDANCE = (0.99, 0.999, 0.001, 0.5, 2.0)
"""Of the weld, and of the ends of the joints' ranges: as hard as constraints get."""


@dataclass(frozen=True)
class SimulatedRobot:
    """A robot with J joints, ready to be simulated.

    Attributes:
        robot: as it is known to inverse kinematics; configurations have the same layout.
        mujoco: the model with floor, servos (one a joint, in the order of the robot's file) and
            carrier.
        carrier: index of the carrier among the moved bodies.
        base: index of the robot's root body.
        stiffness: (J,) of the servos, N m / rad.
        damping: (J,) of the servos, N m s / rad.
        lower, upper: (J,) ranges of the joints, radians, without margin.
    """

    robot: RobotModel
    mujoco: mujoco.MjModel
    carrier: int
    base: int
    stiffness: Array
    damping: Array
    lower: Array
    upper: Array

    @staticmethod
    def load(name: str) -> SimulatedRobot:
        """A shipped robot by its name, or a user's own by the path of its YAML file.

        Raises:
            UserError: the file is wrong, or does not say how stiff and damped each joint is.
        """
        description, source = load_robot(name)
        robot = build(description, source)
        stiffness = by_pattern(description.stiffness, "stiffness", description, source)
        damping = by_pattern(description.damping, "damping", description, source)
        for field, values in (("stiffness", stiffness), ("damping", damping)):
            if not np.isfinite(values).all():
                joint = description.joints[int(np.flatnonzero(~np.isfinite(values))[0])]
                raise UserError(
                    f"Robot file {source}: {field}: fits no joint '{joint}', and a simulator needs "
                    "it of every joint."
                )
        spec = robot_spec(description, source)
        root = robot.mujoco.body(robot.mujoco.jnt_bodyid[0]).name
        _put_on_floor(spec, robot)
        _put_servos(spec, robot, stiffness, damping)
        _carry(spec, root)
        model = _compiled(spec, source)
        names = description.joints
        ranges = np.array([model.joint(name).range for name in names])
        limited = np.array([model.jnt_limited[model.joint(name).id] for name in names], bool)
        return SimulatedRobot(
            robot,
            model,
            int(model.body(CARRIER).mocapid[0]),
            model.body(root).id,
            stiffness,
            damping,
            np.where(limited, ranges[:, 0], -np.inf),
            np.where(limited, ranges[:, 1], np.inf),
        )


def _put_on_floor(spec: mujoco.MjSpec, robot: RobotModel) -> None:
    """A floor that nothing but the soles touches: a small ball at each of their points."""
    plane = mujoco.mjtGeom.mjGEOM_PLANE
    spec.worldbody.add_geom(name=_FLOOR, type=plane, size=(0.0, 0.0, 1.0), contype=0, conaffinity=0)
    for foot, points in zip(FEET, robot.soles, strict=True):
        body = spec.body(robot.description.targets[foot].body)
        for index, point in enumerate(points):
            name = f"remogen_{foot}_sole_{index}"
            body.add_geom(
                name=name,
                type=mujoco.mjtGeom.mjGEOM_SPHERE,
                size=(SOLE_RADIUS, 0.0, 0.0),
                pos=point + (0.0, 0.0, SOLE_RADIUS),
                mass=0.0,
                contype=0,
                conaffinity=0,
            )
            spec.add_pair(geomname1=_FLOOR, geomname2=name, condim=3, friction=_FRICTION)


def _put_servos(spec: mujoco.MjSpec, robot: RobotModel, stiffness: Array, damping: Array) -> None:
    """One servo a joint in the place of the model's own actuators, as strong as these are."""
    greatest = [greatest_torque(robot.mujoco, name) for name in robot.description.joints]
    for stored in (*spec.keys, *spec.actuators):  # What is stored in keys are their commands.
        spec.delete(stored)
    for name, kp, kv, torque in zip(
        robot.description.joints, stiffness, damping, greatest, strict=True
    ):
        joint = spec.joint(name)
        joint.solref_limit, joint.solimp_limit = _HARD_REFERENCE, _HARD_IMPEDANCE
        # Stops give a little: they begin where commands end, short of the range.
        joint.margin = robot.description.margin
        servo = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        servo.set_to_position(kp=float(kp), kv=float(kv))
        # The drive holds what it carries, besides; the limit is that of both together.
        joint.actgravcomp = True
        if np.isfinite(torque):
            joint.actfrclimited, joint.actfrcrange = True, (-torque, torque)
    for body in spec.bodies:
        body.gravcomp = 1.0


def greatest_torque(model: mujoco.MjModel, joint: str) -> float:
    """N m that the model lets a joint's drive give; infinite where it says nothing."""
    index = model.joint(joint).id
    if model.jnt_actfrclimited[index]:
        return float(np.abs(model.jnt_actfrcrange[index]).max())
    for actuator in range(model.nu):
        if (
            model.actuator_trntype[actuator] != mujoco.mjtTrn.mjTRN_JOINT
            or model.actuator_trnid[actuator, 0] != index
        ):
            continue
        if model.actuator_forcelimited[actuator]:
            return float(np.abs(model.actuator_forcerange[actuator]).max())
        is_motor = model.actuator_biastype[actuator] == mujoco.mjtBias.mjBIAS_NONE
        if is_motor and model.actuator_ctrllimited[actuator]:
            gain = model.actuator_gainprm[actuator, 0] * model.actuator_gear[actuator, 0]
            return float(np.abs(model.actuator_ctrlrange[actuator] * gain).max())
    return np.inf


def _carry(spec: mujoco.MjSpec, root: str) -> None:
    spec.worldbody.add_body(name=CARRIER, mocap=True)
    weld = spec.add_equality(
        type=mujoco.mjtEq.mjEQ_WELD,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1=CARRIER,
        name2=root,
        solref=_HARD_REFERENCE,
        solimp=_HARD_IMPEDANCE,
    )
    # Anchor (3), where the root is in the carrier (3), and how it is turned there (4): the same
    # place; and the weight of turns over shifts.
    weld.data[:11] = (*np.zeros(6), 1.0, *np.zeros(3), 1.0)


def _compiled(spec: mujoco.MjSpec, source: Path) -> mujoco.MjModel:
    spec.option.timestep = TIMESTEP
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.iterations, spec.option.ls_iterations = 20, 20
    try:
        return spec.compile()
    except ValueError as error:
        what = " ".join(str(error).split()).rstrip(".")
        raise UserError(
            f"Robot file {source}: model.file: MuJoCo cannot build it: {what}."
        ) from error
