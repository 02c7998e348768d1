"""How the joints of each source skeleton correspond to ours: YAML files, and their form."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_NAMES

Vector = tuple[float, float, float]
Axis = Annotated[str, Field(pattern="^[+-][xyz]$")]


def _right_handed(axes: tuple[str, str, str]) -> tuple[str, str, str]:
    places = ["xyz".index(axis[1]) for axis in axes]
    even = places in ([0, 1, 2], [1, 2, 0], [2, 0, 1])
    negative = sum(axis[0] == "-" for axis in axes) % 2
    if len(set(places)) != 3 or even == bool(negative):
        raise ValueError(f"the axes {axes} are not those of a right-handed frame")
    return axes


Axes = Annotated[tuple[Axis, Axis, Axis], AfterValidator(_right_handed)]


class JointSource(BaseModel):
    """Where the orientation of one of our joints comes from.

    Either from a joint of the source skeleton, or from between two other joints of ours.

    Attributes:
        source: name of a source joint.
        axes: which of the source joint's own axes point forward, left and up in a T-pose.
        follows: one of our joints whose alignment to start from instead of `axes`.
        bone: the source child joint at the end of this joint's bone, or the direction of the bone
            in the source joint's frame; the shortest rotation lays it onto `rest_direction`.
        rest_direction: of that bone in our T-pose (forward, left, up); our own bone's if left out.
        between: two of our joints.
        fraction: how far from the first of these to the second.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str | None = None
    axes: Axes | None = None
    follows: str | None = None
    bone: str | Vector | None = None
    rest_direction: Vector | None = None
    between: tuple[str, str] | None = None
    fraction: float = 0.5

    @model_validator(mode="after")
    def _one_origin(self) -> JointSource:
        if (self.source is None) == (self.between is None):
            raise ValueError("a joint comes from one source joint or from between two of ours")
        if self.source is not None and (self.axes is None) == (self.follows is None):
            raise ValueError(f"{self.source} needs either axes or a joint to follow")
        return self


class JointMap(BaseModel):
    """A whole source skeleton.

    Attributes:
        world: which axes of the source's world are our x, y and z.
        joints: by our joint names; every one of the 22.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    world: Axes
    joints: dict[str, JointSource]

    @model_validator(mode="after")
    def _complete(self) -> JointMap:
        if set(self.joints) != set(JOINT_NAMES):
            odd = sorted(set(self.joints) ^ set(JOINT_NAMES))
            raise ValueError(f"a joint map names each of the 22 joints once, but not {odd}")
        return self

    @property
    def source_joints(self) -> frozenset[str]:
        """The source joints that must be there."""
        return frozenset(j.source for j in self.joints.values() if j.source is not None)


@cache
def load_joint_map(name: str) -> JointMap:
    """The joint map `<name>.yaml` that stands beside this file."""
    text = files(__name__).joinpath(f"{name}.yaml").read_text("utf-8")
    return JointMap.model_validate(yaml.safe_load(text))


def read_joint_map(path: Path) -> JointMap:
    """A joint map of a user's own.

    Raises:
        UserError: there is no such file, or it is no joint map.
    """
    try:
        return JointMap.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except FileNotFoundError:
        raise UserError(f"There is no joint map {path}.") from None
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "the file"
        raise UserError(f"{path} is no joint map: {where}: {fault['msg']}.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())}.") from None
