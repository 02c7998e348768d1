"""The avatar as a URDF, generated from the skeleton, so that names and offsets cannot drift apart.

Links are named as the body joints they hang on; between two of them stand the two links of the
ball joint's hinges (`left_knee_y_link`, `left_knee_x_link`), small but valid for simulators. The
root link is `pelvis`: where it is in the world comes from the `reaction` node over TF.
"""

from __future__ import annotations

from typing import Literal, get_args
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment import colours
from remogen_ros.embodiment.ball_joints import MIDDLE_LIMIT, OUTER_LIMIT, axis_order
from remogen_ros.embodiment.shape import (
    HAND_LENGTH,
    HEAD_CENTRE,
    JOINT_RADII,
    LINK_MASSES,
    TOE_LENGTH,
)
from remogen_ros.motion.skeleton import ADULT, ANKLE_HEIGHT, JOINT_NAMES, PARENTS, Skeleton

LinkNames = Literal["smpl", "rep120"]
LINK_NAMES: tuple[str, ...] = get_args(LinkNames)
"""smpl: links by the names of the body joints; rep120: with the frames of REP-120 besides."""

MAXIMUM_EFFORT = 300.0
"""Newton metres: more than any human joint exerts (hip extension, about 200)."""

MAXIMUM_VELOCITY = 40.0
"""Radians per second: above human shoulder and knee speeds in striking and kicking."""

_HINGE_MASS = 0.01
_HINGE_INERTIA = 1e-5
_UNIT = {"x": "1 0 0", "y": "0 1 0", "z": "0 0 1"}


def avatar_urdf(
    skeleton: Skeleton = ADULT, name: str = "avatar", link_names: LinkNames = "smpl"
) -> str:
    """The URDF of a body.

    Args:
        skeleton: whose bone offsets to use.
        name: of the robot.
        link_names: rep120 adds the frames of REP-120 (base_link, torso, l_wrist, r_sole, gaze, ...)
            as fixed children. Not by default: a TF tree holds one base_link, and where a real robot
            runs beside the avatar that one is the robot's.
    """
    robot = Element("robot", name=name)
    material = SubElement(robot, "material", name="avatar")
    SubElement(material, "color", rgba=_text((*colours.EGO, 1.0)))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            _add_hinges(robot, joint, parent, skeleton)
        _add_link(robot, joint, skeleton)
    if link_names == "rep120":
        _add_rep120_frames(robot)
    ElementTree.indent(robot)
    return ElementTree.tostring(robot, encoding="unicode", xml_declaration=True)


def _add_hinges(robot: Element, joint: int, parent: int, skeleton: Skeleton) -> None:
    name = JOINT_NAMES[joint]
    order = axis_order(name)
    link = JOINT_NAMES[parent]
    for place, axis in enumerate(order):
        child = name if place == 2 else f"{name}_{axis}_link"
        offset = skeleton.offsets[joint] if place == 0 else np.zeros(3)
        limit = MIDDLE_LIMIT if place == 1 else OUTER_LIMIT
        hinge = SubElement(robot, "joint", name=f"{name}_{axis}", type="revolute")
        SubElement(hinge, "origin", xyz=_text(offset), rpy="0 0 0")
        SubElement(hinge, "parent", link=link)
        SubElement(hinge, "child", link=child)
        SubElement(hinge, "axis", xyz=_UNIT[axis])
        SubElement(
            hinge,
            "limit",
            lower=_text([-limit]),
            upper=_text([limit]),
            effort=_text([MAXIMUM_EFFORT]),
            velocity=_text([MAXIMUM_VELOCITY]),
        )
        if place < 2:
            between = SubElement(robot, "link", name=child)
            _add_inertial(between, np.zeros(3), _HINGE_MASS, np.full(3, _HINGE_INERTIA))
        link = child


def _add_link(robot: Element, joint: int, skeleton: Skeleton) -> None:
    link = SubElement(robot, "link", name=JOINT_NAMES[joint])
    bones = _bones(joint, skeleton)
    mass, radius = LINK_MASSES[joint], JOINT_RADII[joint]
    middle = np.mean(bones, axis=0) / 2.0
    length = float(np.linalg.norm(middle)) * 2.0
    # A solid cylinder along the segment; along which axis matters little for so coarse a body.
    along, across = 0.5 * mass * radius**2, mass * (3.0 * radius**2 + length**2) / 12.0
    inertia = np.full(3, across)
    inertia[int(np.argmax(np.abs(middle)))] = along
    _add_inertial(link, middle, mass, inertia)
    _add_visual(link, np.zeros(3), np.zeros(3), "sphere", radius=_text([radius]))
    for bone in bones:
        reach = float(np.linalg.norm(bone))
        rpy = (0.0, np.arctan2(np.hypot(bone[0], bone[1]), bone[2]), np.arctan2(bone[1], bone[0]))
        size = {"radius": _text([0.85 * radius]), "length": _text([reach])}
        _add_visual(link, bone / 2.0, np.array(rpy), "cylinder", **size)
    if joint not in PARENTS:
        _add_visual(link, bones[0], np.zeros(3), "sphere", radius=_text([0.85 * radius]))


def _bones(joint: int, skeleton: Skeleton) -> list[NDArray[np.float64]]:
    """From a joint to each of its children, or to the end of the limb."""
    children = [child for child, parent in enumerate(PARENTS) if parent == joint]
    if children:
        return [skeleton.offsets[child].astype(np.float64) for child in children]
    side = -1.0 if JOINT_NAMES[joint].startswith("right_") else 1.0
    end = {
        "head": HEAD_CENTRE,
        "wrist": (0.0, side * HAND_LENGTH, 0.0),
        "foot": (TOE_LENGTH, 0.0, 0.0),
    }[JOINT_NAMES[joint].split("_")[-1]]
    return [np.array(end)]


def _add_inertial(
    link: Element, centre: NDArray[np.float64], mass: float, inertia: NDArray[np.float64]
) -> None:
    inertial = SubElement(link, "inertial")
    SubElement(inertial, "origin", xyz=_text(centre), rpy="0 0 0")
    SubElement(inertial, "mass", value=_text([mass]))
    xx, yy, zz = (_text([value]) for value in inertia)
    SubElement(inertial, "inertia", ixx=xx, iyy=yy, izz=zz, ixy="0", ixz="0", iyz="0")


def _add_visual(
    link: Element, xyz: NDArray[np.float64], rpy: NDArray[np.float64], shape: str, **size: str
) -> None:
    visual = SubElement(link, "visual")
    SubElement(visual, "origin", xyz=_text(xyz), rpy=_text(rpy))
    SubElement(SubElement(visual, "geometry"), shape, size)
    SubElement(visual, "material", name="avatar")


def _add_rep120_frames(robot: Element) -> None:
    frames = {"base_link": ("pelvis", "0 0 0"), "torso": ("spine3", "0 0 0")}
    frames["gaze"] = ("head", _text((0.1, 0.0, HEAD_CENTRE[2])))
    for side in ("left", "right"):
        frames[f"{side[0]}_wrist"] = (f"{side}_wrist", "0 0 0")
        frames[f"{side[0]}_ankle"] = (f"{side}_ankle", "0 0 0")
        frames[f"{side[0]}_sole"] = (f"{side}_ankle", _text((0.0, 0.0, -ANKLE_HEIGHT)))
        frames[f"{side[0]}_toe"] = (f"{side}_foot", _text((TOE_LENGTH, 0.0, 0.0)))
    for frame, (parent, xyz) in frames.items():
        SubElement(robot, "link", name=frame)
        fixed = SubElement(robot, "joint", name=f"{frame}_fixed", type="fixed")
        SubElement(fixed, "origin", xyz=xyz, rpy="0 0 0")
        SubElement(fixed, "parent", link=parent)
        SubElement(fixed, "child", link=frame)


def _text(values: NDArray[np.floating] | tuple[float, ...] | list[float]) -> str:
    return " ".join(f"{float(value):.9g}" for value in values)
