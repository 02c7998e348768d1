"""The tree of frames and the lookups in it.

Times are integer nanoseconds; 0 asks for the latest.
"""

import math
import threading
from typing import Protocol

from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import TransformStamped
from rclpy.clock import ClockType
from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.time import Time

from .exceptions import (
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
    TransformException,
)
from .frame_history import Edge, MovingHistory, StaticHistory
from .rigid import IDENTITY, Rigid, from_msg, to_msg

DEFAULT_CACHE_TIME = Duration(seconds=10)
QUATERNION_TOLERANCE = 1e-2  # how far the squared norm may be from one: the norm, half as far


class _HasNanoseconds(Protocol):
    @property
    def nanoseconds(self) -> int: ...


def _nanoseconds(time: "TimeMsg | _HasNanoseconds") -> int:
    if isinstance(time, TimeMsg):
        return time.sec * 1_000_000_000 + time.nanosec
    return time.nanoseconds


class BufferCore:
    """Remembers transforms and answers what lies between two frames at a time. Thread-safe."""

    def __init__(self, cache_time: Duration | None = None) -> None:
        """``cache_time``: how long moving transforms are kept, 10 s unless told."""
        self._cache_time = (cache_time or DEFAULT_CACHE_TIME).nanoseconds
        self._histories: dict[str, StaticHistory | MovingHistory] = {}
        self._authorities: dict[str, str] = {}
        self._frames: set[str] = set()
        self._changed = threading.Condition(threading.RLock())

    # --- in ---------------------------------------------------------------------------------

    def set_transform(self, transform: TransformStamped, authority: str) -> None:
        """Learn a transform. What cannot be one is ignored, with a warning."""
        self._insert(transform, authority, static=False)

    def set_transform_static(self, transform: TransformStamped, authority: str) -> None:
        """Learn a transform that holds for all time."""
        self._insert(transform, authority, static=True)

    def _insert(self, transform: TransformStamped, authority: str, static: bool) -> None:
        parent = transform.header.frame_id.removeprefix("/")
        child = transform.child_frame_id.removeprefix("/")
        pose = from_msg(transform.transform)
        problem = _problem(parent, child, pose)
        if problem:
            get_logger("tf2_buffer").warning(
                f'Ignoring transform from authority "{authority}": {problem}'
            )
            return
        with self._changed:
            history = self._histories.get(child)
            if history is None or isinstance(history, StaticHistory) != static:
                history = StaticHistory() if static else MovingHistory(self._cache_time)
                self._histories[child] = history
            if history.insert(Edge(_nanoseconds(transform.header.stamp), parent, pose)):
                self._frames |= {parent, child}
                self._authorities[child] = authority
                self._changed.notify_all()

    def clear(self) -> None:
        """Forget what moves; static transforms and the names of the frames stay."""
        with self._changed:
            for history in self._histories.values():
                history.clear()

    # --- out --------------------------------------------------------------------------------

    def lookup_transform_core(
        self, target_frame: str, source_frame: str, time: Time
    ) -> TransformStamped:
        """Return the transform that takes points of ``source_frame`` into ``target_frame``.

        Raises:
            TransformException: the subclass says why there is none.
        """
        with self._changed:
            self._check_names(target_frame, source_frame)
            stamp = _nanoseconds(time)
            if stamp == 0:
                stamp = self._latest_common_stamp(target_frame, source_frame)
            pose = self._resolve(target_frame, source_frame, stamp)
        return _stamped(target_frame, source_frame, stamp, pose)

    def lookup_transform_full_core(
        self,
        target_frame: str,
        target_time: Time,
        source_frame: str,
        source_time: Time,
        fixed_frame: str,
    ) -> TransformStamped:
        """As lookup_transform_core, from one time to another through a frame that stands still."""
        with self._changed:
            source = self.lookup_transform_core(fixed_frame, source_frame, source_time)
            target = self.lookup_transform_core(target_frame, fixed_frame, target_time)
        pose = from_msg(target.transform) @ from_msg(source.transform)
        return _stamped(target_frame, source_frame, _nanoseconds(target.header.stamp), pose)

    def can_transform_core(
        self, target_frame: str, source_frame: str, time: Time
    ) -> tuple[bool, str]:
        """Return whether lookup_transform_core would succeed, and if not, why."""
        try:
            self.lookup_transform_core(target_frame, source_frame, time)
        except TransformException as error:
            return False, str(error)
        return True, ""

    def get_latest_common_time(self, target_frame: str, source_frame: str) -> Time:
        """Return the newest time at which every moving transform between the frames is known."""
        with self._changed:
            self._check_names(target_frame, source_frame)
            stamp = self._latest_common_stamp(target_frame, source_frame)
        return Time(nanoseconds=stamp, clock_type=ClockType.ROS_TIME)

    def all_frames_as_yaml(self) -> str:
        """Return each child frame with its parent, broadcaster and time range, as YAML."""
        lines = []
        with self._changed:
            for child, history in sorted(self._histories.items()):
                edge = history.latest()
                if edge is None:
                    continue
                oldest, newest = history.stamp_range
                lines += [
                    f"{child}: ",
                    f"  parent: '{edge.parent}'",
                    f"  broadcaster: '{self._authorities[child]}'",
                    f"  most_recent_transform: {newest / 1e9:.6f}",
                    f"  oldest_transform: {oldest / 1e9:.6f}",
                    f"  buffer_length: {(newest - oldest) / 1e9:.3f}",
                ]
        return "\n".join([*lines, ""]) if lines else "[]"

    # --- the tree ---------------------------------------------------------------------------

    def _check_names(self, *frames: str) -> None:
        for frame in frames:
            if not frame or frame.startswith("/"):
                raise InvalidArgumentException(
                    f"Invalid frame ID \"{frame}\": it must not be empty or start with a '/'"
                )
            if frame not in self._frames:
                raise LookupException(f'Invalid frame ID "{frame}" - frame does not exist')

    def _resolve(self, target: str, source: str, stamp: int) -> Rigid:
        """Compose the edges from ``source`` up to the common ancestor and down to ``target``."""
        from_source, source_gap = self._climb(source, stamp, stop={target})
        if target in from_source:
            return from_source[target]
        from_target, target_gap = self._climb(target, stamp, stop=set(from_source))
        for ancestor, target_pose in from_target.items():
            if ancestor in from_source:
                return target_pose.inverse() @ from_source[ancestor]
        gap = source_gap or target_gap
        if gap is not None:
            raise ExtrapolationException(
                f"{gap}, when looking up transform from frame [{source}] to frame [{target}]"
            )
        raise _unconnected(target, source)

    def _climb(
        self, frame: str, stamp: int, stop: set[str]
    ) -> tuple[dict[str, Rigid], ExtrapolationException | None]:
        """Return ``frame``'s pose in itself and each ancestor, and what ended the climb early.

        It ends at the root, at a frame of ``stop``, or where ``stamp`` is not covered.
        """
        poses = {frame: IDENTITY}
        while frame not in stop and (history := self._histories.get(frame)) is not None:
            try:
                edge = history.at(stamp)
            except ExtrapolationException as gap:
                return poses, gap
            if edge is None:
                break
            if edge.parent in poses:
                raise LookupException(f"The tf tree has a loop through frame [{edge.parent}]")
            poses[edge.parent] = edge.pose @ poses[frame]
            frame = edge.parent
        return poses, None

    def _latest_common_stamp(self, target: str, source: str) -> int:
        """Return the oldest of the newest stamps on the way, 0 if nothing on it moves."""
        to_source, to_target = self._latest_stamps(source), self._latest_stamps(target)
        common = next((frame for frame in to_source if frame in to_target), None)
        if common is None:
            raise _unconnected(target, source)
        moving = [
            stamp
            for path in (to_source, to_target)
            for stamp in list(path.values())[1 : list(path).index(common) + 1]
            if stamp is not None
        ]
        if target == source:  # no way to go, but the frame itself may have been heard of
            return self._histories[source].stamp_range[1] if source in self._histories else 0
        return min(moving, default=0)

    def _latest_stamps(self, frame: str) -> dict[str, int | None]:
        """Return ``frame`` and its ancestors, each with the stamp of the edge that led there.

        None stands for a static edge, and for ``frame`` itself.
        """
        stamps: dict[str, int | None] = {frame: None}
        while (history := self._histories.get(frame)) is not None:
            edge = history.latest()
            if edge is None:
                break
            if edge.parent in stamps:
                raise LookupException(f"The tf tree has a loop through frame [{edge.parent}]")
            stamps[edge.parent] = None if isinstance(history, StaticHistory) else edge.stamp
            frame = edge.parent
        return stamps


def _problem(parent: str, child: str, pose: Rigid) -> str:
    """Say what is wrong with a transform; empty if nothing is."""
    if not child:
        return "child_frame_id not set"
    if not parent:
        return f'frame_id of child frame "{child}" not set'
    if child == parent:
        return f'child frame "{child}" is its own parent'
    if not all(map(math.isfinite, (*pose.q, *pose.t))):
        return f'child frame "{child}" has a value that is not finite'
    # hypot, because the squares of huge numbers overflow with a warning.
    if abs(math.hypot(*pose.q) - 1.0) > QUATERNION_TOLERANCE / 2:
        return f'child frame "{child}" has a quaternion that is not normalized'
    return ""


def _unconnected(target: str, source: str) -> ConnectivityException:
    return ConnectivityException(
        f"Could not find a connection between '{target}' and '{source}' because they are not "
        "part of the same tree. Tf has two or more unconnected trees."
    )


def _stamped(target: str, source: str, stamp: int, pose: Rigid) -> TransformStamped:
    msg = TransformStamped()
    msg.header.frame_id = target
    msg.header.stamp = Time(nanoseconds=stamp).to_msg()
    msg.child_frame_id = source
    msg.transform = to_msg(pose)
    return msg
