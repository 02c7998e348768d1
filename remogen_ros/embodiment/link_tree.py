"""Link frames of any robot from its URDF and joint positions, where nothing else computes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.transforms import FrameTransform

_TURNING = ("revolute", "continuous")
_SLIDING = ("prismatic",)


@dataclass(frozen=True)
class _Joint:
    name: str
    kind: str
    parent: str
    child: str
    translation: NDArray[np.float64]
    rotation: Rotation
    axis: NDArray[np.float64]


class LinkTree:
    """The joints of a URDF. Revolute, continuous, prismatic and fixed joints are known.

    Args:
        urdf: the description, as text.

    Raises:
        ValueError: not XML, no joints, or a joint that cannot be read, by name.
    """

    def __init__(self, urdf: str) -> None:
        try:
            robot = ElementTree.fromstring(urdf)
        except ElementTree.ParseError as error:
            raise ValueError(f"the robot description is not valid XML: {error}") from error
        self._joints = [_read_joint(element) for element in robot.iterfind("joint")]
        if not self._joints:
            raise ValueError("the robot description has no joints")

    @property
    def movable_joints(self) -> tuple[str, ...]:
        """Names of the joints that move."""
        return tuple(joint.name for joint in self._joints if joint.kind != "fixed")

    def fixed_transforms(self, frame_prefix: str = "") -> list[FrameTransform]:
        """The frames that never move."""
        return [
            _transform(joint, joint.translation, joint.rotation.as_quat(), frame_prefix)
            for joint in self._joints
            if joint.kind == "fixed"
        ]

    def transforms(
        self, positions: Mapping[str, float], frame_prefix: str = ""
    ) -> list[FrameTransform]:
        """The frames of the moving joints whose positions are given and finite.

        Args:
            positions: radians or metres by joint name; names that are not in the URDF are ignored.
            frame_prefix: put before every frame.
        """
        joints = [
            joint
            for joint in self._joints
            if joint.kind != "fixed" and np.isfinite(positions.get(joint.name, np.nan))
        ]
        if not joints:
            return []
        values = np.array([positions[joint.name] for joint in joints])
        axes = np.array([joint.axis for joint in joints])
        turns = np.array([joint.kind in _TURNING for joint in joints])
        origins = Rotation.concatenate([joint.rotation for joint in joints])
        rotations = origins * Rotation.from_rotvec(axes * (values * turns)[:, None])
        slides = origins.apply(axes * (values * ~turns)[:, None])
        translations = np.array([joint.translation for joint in joints]) + slides
        return [
            _transform(joint, translation, rotation, frame_prefix)
            for joint, translation, rotation in zip(
                joints, translations, rotations.as_quat(), strict=True
            )
        ]


def _transform(
    joint: _Joint, translation: NDArray[np.float64], rotation: NDArray[np.float64], prefix: str
) -> FrameTransform:
    return FrameTransform(prefix + joint.parent, prefix + joint.child, translation, rotation)


def _read_joint(element: ElementTree.Element) -> _Joint:
    name = element.get("name", "?")
    kind = element.get("type", "?")
    parent, child = element.find("parent"), element.find("child")
    if kind not in (*_TURNING, *_SLIDING, "fixed"):
        raise ValueError(f"joint {name!r} of the robot description has unknown type {kind!r}")
    if parent is None or child is None:
        raise ValueError(f"joint {name!r} of the robot description lacks its parent or child")
    try:
        axis = _numbers(element.find("axis"), "xyz", "1 0 0")
        translation = _numbers(element.find("origin"), "xyz", "0 0 0")
        rotation = Rotation.from_euler("xyz", _numbers(element.find("origin"), "rpy", "0 0 0"))
        return _Joint(
            name,
            kind,
            parent.attrib["link"],
            child.attrib["link"],
            translation,
            rotation,
            axis / np.linalg.norm(axis),
        )
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"joint {name!r} of the robot description is malformed: {error}"
        ) from error


def _numbers(
    element: ElementTree.Element | None, attribute: str, default: str
) -> NDArray[np.float64]:
    text = default if element is None else element.get(attribute, default)
    numbers = np.array([float(word) for word in text.split()])
    if numbers.shape != (3,):
        raise ValueError(f"{attribute}={text!r} is not three numbers")
    return numbers
