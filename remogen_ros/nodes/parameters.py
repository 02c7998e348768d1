"""The parameters of the reaction node: what they are, and how they reach ROS.

Each parameter is one field of a configuration class, with its default, description and range. From
there it is declared to ROS with a descriptor, and every value that ROS hands back is validated by
the same class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
)
from pydantic.fields import FieldInfo
from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
)
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter

from remogen_ros.embodiment.choosing import AVATAR, embodiments
from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.embodiment.transforms import frame_problem
from remogen_ros.embodiment.urdf import LinkNames
from remogen_ros.errors import UserError
from remogen_ros.perception.axes import AxesName
from remogen_ros.perception.frames import FramesConfig
from remogen_ros.perception.occupancy_config import OccupancyConfig
from remogen_ros.perception.partner_config import PartnerConfig
from remogen_ros.perception.trackers import TrackerName
from remogen_ros.streaming.backends.names import BackendName
from remogen_ros.streaming.observation import MixPolicy
from remogen_ros.streaming.plan import Plan

WEIGHTS = "adapter_weights"
PARTNER_POLICY = "partner.policy"
DYNAMIC = ("intent", "mix", PARTNER_POLICY, WEIGHTS)
"""What may be set while the node runs, fields and groups; everything else is read-only."""

GREATEST_WEIGHT = 2.0
Weight = Annotated[float, Field(ge=0.0, le=GREATEST_WEIGHT, allow_inf_nan=False, strict=True)]


SLOWEST_STREAM, FASTEST_STREAM = 50.0, 200.0
"""Hz of `command_rate`."""


def _stream_rate(rate: float) -> float:
    if 0.0 < rate < SLOWEST_STREAM:
        raise ValueError(f"must be 0, which is off, or from {SLOWEST_STREAM:g} on")
    return rate


def _frame_name(name: str) -> str:
    if problem := frame_problem(name):
        raise ValueError(problem)
    return name


FrameName = Annotated[str, AfterValidator(_frame_name)]


class ReactionConfig(BaseModel):
    """Parameters of the node `reaction`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field("demo", description="Name of a shipped model, or the path of a model folder")
    device: str = Field("cpu", description="PyTorch device that generates: cpu, cuda, cuda:1 ...")
    torch_threads: int = Field(1, ge=1, le=64, description="CPU threads of one generation step")
    backend: BackendName = Field(
        "auto",
        description="What runs the networks; auto: the quickest of those that are built in seconds",
    )
    denoising_steps: int = Field(
        0, ge=0, le=1000, description="Denoising steps of a segment; 0: those of the model"
    )
    replan_deviation: float = Field(
        0.5,
        ge=0.0,
        le=10.0,
        description="Metres by which a partner is elsewhere than was assumed, from which the next "
        "segment is denoised anew at once; 0: never",
    )
    replan_correction: float = Field(
        0.0,
        ge=0.0,
        le=10.0,
        description="The same for how much refinement changes a segment, in sizes of its latent",
    )
    seed: int = Field(
        0, ge=0, description="Seed of the generator: same seed and input, same output"
    )
    fixed_frame: FrameName = Field(
        "odom", min_length=1, description="Frame that stands still, z up, floor at z = 0"
    )
    frame_prefix: FrameName = Field(
        "",
        description="Put before the names of the ego's frames; as of the node that publishes the "
        "links below its root",
    )
    start_pose: Annotated[list[FiniteFloat], Field(min_length=3, max_length=3)] = Field(
        [0.0, 0.0, 0.0], description="Where the ego stands at first: x [m], y [m], yaw [rad]"
    )
    reset_on_time_jump: bool = Field(
        True, description="Put the ego back to its start when time jumps back (a bag that loops)"
    )
    embodiment: str = Field(
        AVATAR,
        min_length=1,
        description=f"The body whose joints are published: {', '.join(embodiments())}, or the path "
        "of a robot's YAML file",
    )
    joint_order: str = Field(
        "",
        description="Order in which a robot's joints are published, one of the consumers in its "
        "YAML file, such as isaac_lab; empty: that of the file",
    )
    link_names: LinkNames = Field(
        "smpl",
        description="Links of the avatar, which are nobody's to react to: smpl, or rep120 with the "
        "frames of REP-120 besides; as of the node that publishes them",
    )
    tracker: TrackerName = Field(
        "any",
        description="Which skeletons to listen to; any: every one that comes as a message of an "
        "installed package",
    )
    tracker_topic: str = Field(
        "",
        description="Topic of the tracker azure_kinect, native or zed; empty: the usual one",
    )
    tracker_axes: AxesName = Field(
        "z_up",
        description="Axes of the tracker's positions: z_up, as REP-103 has them; y_up (x left, y "
        "up, z forward, as in much of motion capture): (x, y, z) is taken as (z, x, y)",
    )
    joint_map: str = Field(
        "",
        description="Joints of the trackers native and tf: name of a shipped joint map, or path of "
        "a YAML file; empty: recognised by name (native), smpl (tf)",
    )
    tf: FramesConfig = Field(default_factory=FramesConfig)
    tf_wait_s: float = Field(
        0.3, ge=0.0, le=5.0, description="How long a message waits for its transform, seconds"
    )
    scene_file: str = Field(
        "",
        description="Saved scene, a mesh or point cloud (.ply, .pcd, .obj, .stl, .glb ...) in the "
        "fixed frame, metres, z up: the room before any cloud",
    )
    intent: str = Field("", description="What the ego is asked to do, in words; empty for no wish")
    adapters: list[str] = Field(
        ["hhi", "hsi"],
        description="The adapters of the model to mix, each weighed by adapter_weights",
    )
    adapter_weights: dict[str, Weight] = Field(default_factory=dict)
    trajectory_start: Literal["stamped", "at_once"] = Field(
        "stamped",
        description="When trajectories start: stamped: at the time of their tick; at_once: when "
        "they arrive (a stamp of zero), for a controller whose clock is not this node's",
    )
    command_rate: Annotated[float, AfterValidator(_stream_rate)] = Field(
        0.0,
        ge=0.0,
        le=FASTEST_STREAM,
        allow_inf_nan=False,
        description="Joint positions a second between the ticks on topic joint_command, 50 to 200; "
        "0 is off",
    )
    mix: MixPolicy = Field(
        "fixed",
        description="fixed: adapters weigh adapter_weights; auto: hhi and hsi weigh that times how "
        "much people and room matter at this tick, 0 to 1",
    )
    partner: PartnerConfig = Field(default_factory=PartnerConfig)
    occupancy: OccupancyConfig = Field(default_factory=OccupancyConfig)
    guard: GuardConfig = Field(default_factory=GuardConfig)

    @property
    def plan(self) -> Plan:
        """How the generator streams."""
        return Plan(
            steps=self.denoising_steps or None,
            replan_deviation=self.replan_deviation or None,
            replan_correction=self.replan_correction or None,
        )


DEFAULT_WEIGHT = 1.0
"""Weight of an adapter that nobody weighed: with two, the hybrid mix."""


def declare(node: Node) -> ReactionConfig:
    """Declare every parameter of `ReactionConfig`, and read what the user gave.

    Raises:
        UserError: naming the parameter whose value is not allowed.
    """
    values = dict(_declare_fields(node, "", ReactionConfig))
    values[WEIGHTS] = {name: _declare_weight(node, name) for name in values["adapters"]}
    return validated(values)


def validated(values: Mapping[str, Any]) -> ReactionConfig:
    """The configuration made of these values.

    Raises:
        UserError: naming the first parameter that is not allowed, and why.
    """
    try:
        return ReactionConfig.model_validate(dict(values))
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(part) for part in problem["loc"])
        reason = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
        raise UserError(f"Parameter '{name}' {reason}, not {problem['input']!r}.") from error


def changed(config: ReactionConfig, parameters: Iterable[Parameter[Any]]) -> ReactionConfig:
    """The configuration after a user set parameters of the running node.

    Parameters that are not of `ReactionConfig` (use_sim_time, QoS overrides) change nothing.

    Raises:
        UserError: as `validated`.
    """
    values = {name: getattr(config, name) for name in ReactionConfig.model_fields}
    for parameter in parameters:
        field, _, key = parameter.name.partition(".")
        if field == WEIGHTS:
            values[WEIGHTS] = {**values[WEIGHTS], key: parameter.value}
        elif parameter.name in DYNAMIC and key:
            values[field] = values[field].model_dump() | {key: parameter.value}
        elif parameter.name in DYNAMIC:
            values[field] = parameter.value
    return validated(values)


def check_adapters(config: ReactionConfig, known: Sequence[str]) -> None:
    """Refuse a weight for an adapter that the model does not have.

    Raises:
        UserError: naming the parameter, and the adapters of the model.
    """
    for name, weight in config.adapter_weights.items():
        if name not in known and weight > 0.0:
            raise UserError(
                f"Parameter '{WEIGHTS}.{name}' is {weight:g}, but model '{config.model}' has no "
                f"adapter '{name}'; it has: {', '.join(known) or 'none'}."
            )


@dataclass(frozen=True)
class _Field:
    """One parameter: its name within its group, default, and what is said about it."""

    name: str
    default: Any
    description: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    greatest: float | None = None


def _fields(config: type[BaseModel]) -> Iterator[_Field]:
    for name, field in config.model_fields.items():
        default = field.get_default(call_default_factory=True)
        yield _Field(name, default, field.description or "", *_constraints(field))


def _constraints(field: FieldInfo) -> tuple[tuple[str, ...], Any, Any]:
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    least = next((m.ge for m in field.metadata if isinstance(m, Ge)), None)
    greatest = next((m.le for m in field.metadata if isinstance(m, Le)), None)
    return choices, least, greatest


def _declare_fields(node: Node, prefix: str, config: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for field in _fields(config):
        if field.name == WEIGHTS:
            continue
        name = prefix + field.name
        if isinstance(field.default, BaseModel):
            yield field.name, dict(_declare_fields(node, f"{name}.", type(field.default)))
        else:
            value = list(field.default) if isinstance(field.default, tuple) else field.default
            yield field.name, _declare(node, name, value, _descriptor(field, name))


def _descriptor(field: _Field, name: str) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(
        description=field.description,
        read_only=name not in DYNAMIC,
        additional_constraints=f"one of: {', '.join(field.choices)}" if field.choices else "",
    )
    if field.least is not None and field.greatest is not None:
        if isinstance(field.default, int):
            descriptor.integer_range = [
                IntegerRange(from_value=int(field.least), to_value=int(field.greatest), step=0)
            ]
        else:
            descriptor.floating_point_range = [
                FloatingPointRange(from_value=field.least, to_value=field.greatest)
            ]
    return descriptor


def _declare_weight(node: Node, adapter: str) -> float:
    # Dynamically typed, so that a user may set 1 where 1.0 is meant.
    descriptor = ParameterDescriptor(
        description=f"Mix weight of the adapter {adapter}: 0 is off, 1 is as trained",
        dynamic_typing=True,
        floating_point_range=[FloatingPointRange(from_value=0.0, to_value=GREATEST_WEIGHT)],
    )
    return _declare(node, f"{WEIGHTS}.{adapter}", DEFAULT_WEIGHT, descriptor)


def _declare(node: Node, name: str, default: Any, descriptor: ParameterDescriptor) -> Any:
    try:
        return node.declare_parameter(name, default, descriptor).value
    except ParameterException as error:
        # rclpy puts its reason last, and after it the name, which the reason has already.
        reason = str(error).rpartition("Reason: ")[2].removesuffix(f": {name}")
        raise UserError(f"Parameter '{name}' cannot be used: {reason}.") from error
