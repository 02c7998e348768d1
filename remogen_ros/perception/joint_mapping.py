"""Joint maps: which joints of a tracker give the 22 SMPL joints, as data (one YAML a tracker)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_COUNT, JOINT_INDEX, JOINT_NAMES

FARTHEST_M = 1e7
"""A coordinate beyond this is no place on the ground, metres: the joint counts as not observed."""

_SIDES = {"l": "left", "r": "right", "left": "left", "right": "right"}


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A joint name as everybody may have meant it: `LShoulder`, `SHOULDER_LEFT`, `left shoulder`
    and `l_shoulder` are all `left_shoulder`."""
    name = re.sub(r"^([LR])(?=[A-Z][a-z])", r"\1_", name)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    parts = [part for part in re.split(r"[\W_]+", name.lower()) if part]
    for place in (0, -1):
        if len(parts) > 1 and parts[place] in _SIDES:
            side = _SIDES[parts.pop(place)]
            return "_".join([side, *parts])
    return "_".join(parts)


@dataclass(frozen=True)
class JointMap:
    """Every SMPL joint as a weighted mean of a tracker's joints.

    Attributes:
        joints: the tracker's joint names, by index (S of them).
        weights: (22, S); a row sums to 1, or is zero where the tracker gives no such joint.
        about: whose joints these are, in a few words.
        frames: how a tracker that broadcasts TF names its frames, such as "{body}_{joint}"; empty
            if nothing is known about that.
    """

    joints: tuple[str, ...]
    weights: NDArray[np.float64]
    about: str = ""
    frames: str = ""

    @cached_property
    def index(self) -> dict[str, int]:
        """Index of each tracker joint by its plain name."""
        return {plain_name(name): index for index, name in enumerate(self.joints)}

    @cached_property
    def _used(self) -> NDArray[np.bool_]:
        return self.weights != 0

    def apply(
        self, positions: NDArray[np.float64], confidence: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A tracker's joints, on the SMPL joints.

        Args:
            positions: (S, 3) metres, not finite (or beyond FARTHEST_M) where not observed.
            confidence: (S,) 0 .. 1.

        Returns:
            (22, 3) metres, NaN where any of the joints needed was not observed; (22,) the
            least confidence of the joints needed, 0 where one was not observed.
        """
        observed = np.abs(positions).max(axis=-1) <= FARTHEST_M
        mapped = self.weights @ np.where(observed[:, None], positions, 0.0)
        known = self._used.any(1) & ~(self._used & ~observed).any(1)
        mapped[~known] = np.nan
        least = np.where(self._used, np.clip(np.nan_to_num(confidence), 0.0, 1.0), 1.0).min(1)
        return mapped, np.where(known, least, 0.0)


def _row(source: str, joints: tuple[str, ...], smpl_joint: str, value: Any) -> NDArray[np.float64]:
    parts = value if isinstance(value, Mapping) else {value: 1.0}
    row = np.zeros(len(joints))
    for name, weight in parts.items():
        if name not in joints:
            raise UserError(
                f"joint map {source}: {smpl_joint} is taken from {name!r}, which is not in its "
                "list of joints"
            )
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise UserError(
                f"joint map {source}: the weight of {name} in {smpl_joint} is {weight!r}; "
                "give a number"
            )
        row[joints.index(name)] = weight
    if not np.isclose(row.sum(), 1.0, atol=1e-6):
        raise UserError(
            f"joint map {source}: the weights of {smpl_joint} sum to {row.sum():g}; make them sum "
            "to 1"
        )
    return row


def parse_joint_map(text: str, source: str) -> JointMap:
    """A joint map from YAML text.

    Args:
        text: `joints`, a list of the tracker's joint names, and `map`, from SMPL joint names to a
            tracker joint or to a mapping {tracker joint: weight}; if there is something to say,
            `about` and `frames` as in `JointMap`.
        source: what to call it in an error.

    Raises:
        UserError: not YAML, a missing part, an unknown joint, or weights that do not sum to 1.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"joint map {source} is not valid YAML: {error}") from None
    if (
        not isinstance(content, Mapping)
        or not isinstance(content.get("joints"), list)
        or not isinstance(content.get("map"), Mapping)
    ):
        raise UserError(f"joint map {source} needs a list 'joints' and a mapping 'map'")
    joints = tuple(str(name) for name in content["joints"])
    weights = np.zeros((JOINT_COUNT, len(joints)))
    for smpl_joint, value in content["map"].items():
        if smpl_joint not in JOINT_INDEX:
            raise UserError(
                f"joint map {source}: {smpl_joint!r} is not one of the 22 SMPL joints "
                f"({', '.join(JOINT_NAMES)})"
            )
        weights[JOINT_INDEX[smpl_joint]] = _row(source, joints, smpl_joint, value)
    about, frames = (str(content.get(key) or "") for key in ("about", "frames"))
    return JointMap(joints, weights, about, frames)


def shipped_joint_maps() -> list[str]:
    """Names of the joint maps that come with the package."""
    folder = files(__package__).joinpath("joint_maps")
    names = (Path(entry.name) for entry in folder.iterdir())
    return sorted(name.stem for name in names if name.suffix == ".yaml")


@cache
def shipped_joint_map(tracker: str) -> JointMap:
    """A joint map that comes with the package, such as "azure_kinect"."""
    return parse_joint_map(
        files(__package__).joinpath("joint_maps", f"{tracker}.yaml").read_text("utf8"),
        f"{tracker}.yaml",
    )


def load_joint_map(path: Path) -> JointMap:
    """A user's own joint map.

    Raises:
        UserError: the file cannot be read or says something else than a joint map.
    """
    try:
        text = path.read_text("utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"joint map {path} cannot be read: {error}") from None
    return parse_joint_map(text, str(path))


def named_joint_map(name: str) -> JointMap:
    """A joint map by what a user may write for it: the name of a shipped one, or a path.

    Raises:
        UserError: there is neither; names the shipped ones. Or as `load_joint_map`.
    """
    shipped = shipped_joint_maps()
    if name in shipped:
        return shipped_joint_map(name)
    path = Path(name).expanduser()
    if path.suffix not in (".yaml", ".yml"):
        raise UserError(
            f"There is no joint map '{name}': name a shipped one ({', '.join(shipped)}), or the "
            "path of a YAML file."
        )
    return load_joint_map(path)
