"""Bodies for RViz and Foxglove: one SPHERE_LIST and one LINE_LIST each.

A body's markers have namespace `<role>/<body id>` (`partner/7`, `ego/avatar`, `horizon/3`) and
ids 0 (joints) and 1 (bones). They expire by themselves, so that nothing has to be deleted. The
joints are always all 22, in SMPL order, so that they can be read back; one that was not observed
is drawn invisibly (alpha 0) at the place of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.colours import EGO, HORIZON, PARTNER, Colour
from remogen_ros.embodiment.messages import points
from remogen_ros.motion.skeleton import JOINT_COUNT, PARENTS

LIFETIME_S = 0.5
JOINT_DIAMETER = 0.06
BONE_WIDTH = 0.025
HORIZON_ALPHA = 0.25

_SPHERE_LIST = 7
_LINE_LIST = 5
_CHILDREN = np.arange(1, len(PARENTS))
_BONES = np.stack((np.array(PARENTS[1:]), _CHILDREN), axis=1)


@dataclass(frozen=True)
class DrawnBody:
    """One body to draw.

    Attributes:
        namespace: `<role>/<body id>`.
        joints: (22, 3) metres in the fixed frame, at least one finite; the others are not drawn.
        colour: red, green, blue.
        alpha: opacity, above 0.
    """

    namespace: str
    joints: NDArray[np.floating]
    colour: Colour
    alpha: float = 1.0


def reaction_bodies(
    ego: NDArray[np.floating],
    horizon: NDArray[np.floating],
    partners: dict[str, NDArray[np.floating]],
) -> list[DrawnBody]:
    """What the `reaction` node draws.

    Args:
        ego: (22, 3) metres.
        horizon: (K, 22, 3) the ego in the rest of its segment.
        partners: (22, 3) newest positions by body id.
    """
    bodies = [DrawnBody("ego/avatar", ego, EGO)]
    bodies += [DrawnBody(f"partner/{name}", joints, PARTNER) for name, joints in partners.items()]
    bodies += [
        DrawnBody(f"horizon/{place}", joints, HORIZON, HORIZON_ALPHA)
        for place, joints in enumerate(horizon, start=1)
    ]
    return bodies


def fill_markers(
    message: Any,
    stamp: Any,
    frame_id: str,
    bodies: list[DrawnBody],
    marker_type: Any,
    point_type: Any,
) -> Any:
    """visualization_msgs/MarkerArray. Bodies without a finite joint are left out.

    Args:
        stamp: builtin_interfaces/Time.
        frame_id: the fixed frame.
        marker_type: visualization_msgs/Marker.
        point_type: geometry_msgs/Point.
    """
    message.markers = []
    for body in bodies:
        seen = np.isfinite(body.joints).all(-1)
        if not seen.any():
            continue
        spheres, lines = (
            _marker(marker_type(), stamp, frame_id, body, kind)
            for kind in (_SPHERE_LIST, _LINE_LIST)
        )
        filled = np.where(seen[:, None], body.joints, body.joints[seen][0])
        spheres.points = points(filled, point_type)
        if not seen.all():
            spheres.colors = [_colour(type(spheres.color)(), body, visible) for visible in seen]
        bones = _BONES[seen[_BONES].all(-1)]
        lines.points = points(body.joints[bones.reshape(-1)], point_type)
        message.markers += [spheres, lines]
    return message


def bodies_from_markers(message: Any, role: str) -> dict[str, NDArray[np.float64]]:
    """The bodies of one role that `fill_markers` wrote, (22, 3) metres by body id.

    Markers of other kinds or lengths are passed over; joints that were not observed are NaN.
    """
    bodies = {}
    for marker in message.markers:
        found, _, body_id = marker.ns.partition("/")
        if found != role or marker.type != _SPHERE_LIST or len(marker.points) != JOINT_COUNT:
            continue
        joints = np.array([(point.x, point.y, point.z) for point in marker.points])
        if len(marker.colors) == JOINT_COUNT:
            joints[[colour.a == 0.0 for colour in marker.colors]] = np.nan
        bodies[body_id] = joints
    return bodies


def _marker(marker: Any, stamp: Any, frame_id: str, body: DrawnBody, kind: int) -> Any:
    size = JOINT_DIAMETER if kind == _SPHERE_LIST else BONE_WIDTH
    marker.header.stamp = stamp
    marker.header.frame_id = frame_id
    marker.ns = body.namespace
    marker.id = 0 if kind == _SPHERE_LIST else 1
    marker.type = kind
    marker.pose.orientation.w = 1.0
    marker.scale.x = marker.scale.y = marker.scale.z = size
    _colour(marker.color, body, True)
    marker.lifetime.sec = int(LIFETIME_S)
    marker.lifetime.nanosec = round(LIFETIME_S % 1.0 * 1e9)
    return marker


def _colour(message: Any, body: DrawnBody, visible: bool) -> Any:
    message.r, message.g, message.b = body.colour
    message.a = body.alpha if visible else 0.0
    return message
