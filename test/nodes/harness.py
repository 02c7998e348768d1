"""A tracker, a camera and a listener for tests of the running node, over real DDS."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import rclpy
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Point, PoseStamped, TransformStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from numpy.typing import NDArray
from rclpy.client import Client
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState, PointCloud2, PointField
from tf2_msgs.msg import TFMessage
from tf2_ros import StaticTransformBroadcaster
from trajectory_msgs.msg import JointTrajectory
from visualization_msgs.msg import Marker, MarkerArray

from remogen_msgs.msg import Reaction, Skeleton, SkeletonArray
from remogen_ros.embodiment.messages import fill_cloud
from remogen_ros.motion.skeleton import ADULT
from remogen_ros.nodes.stamps import nanoseconds, time_message
from remogen_ros.perception.joint_mapping import shipped_joint_map

PATIENCE_S = 150.0
"""Waits are for conditions; a machine that is busy elsewhere may take long to meet them."""

CAMERA = "camera"
AZURE_JOINTS = 32
OUTPUTS: dict[str, type] = {
    "reaction": Reaction,
    "joint_states": JointState,
    "root_pose": PoseStamped,
    "joint_trajectory": JointTrajectory,
    "/tf": TFMessage,
    "/diagnostics": DiagnosticArray,
}


class Harness:
    """Publishes what sensors would, and keeps what the node publishes.

    Attributes:
        node: an rclpy node of its own context, spun in a thread of this object.
        received: messages by topic, in the order of arrival.
    """

    def __init__(self) -> None:
        self._context = Context()
        rclpy.init(context=self._context, args=[])
        self.node = rclpy.create_node("harness", context=self._context)
        self.received: dict[str, list[Any]] = defaultdict(list)
        for topic, message_type in OUTPUTS.items():
            self.listen(message_type, topic)
        self._bodies = self.node.create_publisher(MarkerArray, "body_tracking_data", 10)
        self._skeletons = self.node.create_publisher(SkeletonArray, "skeletons", 10)
        self._clouds = self.node.create_publisher(PointCloud2, "points", 10)
        self._clock = self.node.create_publisher(Clock, "/clock", 10)
        self._static = StaticTransformBroadcaster(self.node)
        self._clients: dict[str, Client] = {}
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave the domain."""
        self._context.try_shutdown()
        self._thread.join()

    def listen(self, message_type: type, topic: str) -> None:
        """Keep the messages of one more topic."""
        self.node.create_subscription(message_type, topic, self.received[topic].append, 100)

    def listen_latched(self, message_type: type, topic: str) -> None:
        """Keep the messages of a topic, also those that were latched before."""
        late = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.node.create_subscription(message_type, topic, self.received[topic].append, late)

    def send_camera(self) -> None:
        """A level camera 1 m above the origin of the world, with the axes of the world."""
        transform = TransformStamped(child_frame_id=CAMERA)
        transform.header.frame_id = "odom"
        transform.header.stamp = self.now()
        transform.transform.translation.z = 1.0
        transform.transform.rotation.w = 1.0
        self._static.sendTransform(transform)

    def send_static(self, transforms: list[TransformStamped]) -> None:
        """Transforms that hold for all time."""
        self._static.sendTransform(transforms)

    def send_body(
        self,
        place: tuple[float, float] = (1.5, 0.0),
        ids: list[int] | None = None,
        stamp: Time | None = None,
        frame_id: str = CAMERA,
    ) -> None:
        """One person who stands at a place of the floor of the world.

        Args:
            place: x, y metres in the world.
            ids: of the markers; by default those of body 1.
            stamp: by default now.
            frame_id: by default the camera's.
        """
        message = MarkerArray()
        pelvis_in_camera = np.array((*place, ADULT.pelvis_height - 1.0))
        for marker_id in ids or range(100, 100 + AZURE_JOINTS):
            marker = Marker(id=marker_id, type=Marker.SPHERE, action=Marker.ADD)
            marker.header.frame_id = frame_id
            marker.header.stamp = stamp or self.now()
            # All joints in a column above the pelvis: what matters here is that they arrive.
            position = pelvis_in_camera + (0.0, 0.01 * (marker_id % 100), 0.02 * (marker_id % 100))
            marker.pose.position.x, marker.pose.position.y, marker.pose.position.z = position
            message.markers.append(marker)
        self._bodies.publish(message)

    def send_skeleton(
        self, place: tuple[float, float], body_id: str, stamp: Time | None = None
    ) -> None:
        """The same person as `send_body` sends, in the native form; by default of now."""
        names = shipped_joint_map("azure_kinect").joints
        pelvis = np.array((*place, ADULT.pelvis_height))
        positions = pelvis + np.arange(AZURE_JOINTS)[:, None] * (0.0, 0.01, 0.02)
        points = [Point(x=x, y=y, z=z) for x, y, z in positions.tolist()]
        skeleton = Skeleton(body_id=body_id, joint_names=list(names), positions=points)
        message = SkeletonArray(skeletons=[skeleton])
        message.header.frame_id, message.header.stamp = "odom", stamp or self.now()
        self._skeletons.publish(message)

    def send_cloud(self, points: NDArray[np.floating], frame_id: str = CAMERA) -> None:
        """One cloud (N, 3), metres in its frame."""
        self._clouds.publish(fill_cloud(PointCloud2(), self.now(), frame_id, points, PointField))

    def send_broken_cloud(self) -> None:
        """One cloud whose data are shorter than it says."""
        message = fill_cloud(PointCloud2(), self.now(), CAMERA, np.ones((4, 3)), PointField)
        message.width = 1000
        self._clouds.publish(message)

    def send_clock(self, seconds: float) -> None:
        """Simulated time."""
        self._clock.publish(Clock(clock=time_message(round(seconds * 1e9))))

    def now(self) -> Time:
        """System time as a stamp."""
        return self.node.get_clock().now().to_msg()

    def stamp_at(self, seconds: float) -> Time:
        """A time as a stamp."""
        return time_message(round(seconds * 1e9))

    def stamps(self, topic: str = "reaction", since: int = 0) -> list[int]:
        """Stamps, nanoseconds, of the messages of a topic from the one numbered `since`."""
        return [nanoseconds(m.header.stamp) for m in self.received[topic][since:]]

    def status(self) -> dict[str, str]:
        """Key-value pairs of the newest diagnostics."""
        messages = self.received["/diagnostics"]
        return {p.key: p.value for p in messages[-1].status[0].values} if messages else {}

    def count(self, key: str) -> int:
        """A count in the newest diagnostics."""
        return int(self.status().get(key, 0))

    def wait(self, condition: Callable[[], Any], act: Callable[[], None] | None = None) -> Any:
        """Until a condition holds, doing something every 50 ms meanwhile.

        Returns:
            What the condition gave when it held.

        Raises:
            AssertionError: it did not come to hold within `PATIENCE_S`.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not (met := condition()):
            assert time.monotonic() < deadline, f"waited {PATIENCE_S} s in vain"
            if act is not None:
                act()
            time.sleep(0.05)
        return met

    def wait_for_new(self, count: int, topic: str = "reaction", act: Any = None) -> list[Any]:
        """The next `count` messages of a topic."""
        first = len(self.received[topic])
        self.wait(lambda: len(self.received[topic]) >= first + count, act)
        return self.received[topic][first : first + count]

    def wait_at_rest(self, count: int = 3) -> list[Any]:
        """The next `count` reactions, once the pose has stayed the same over as many."""
        reactions = self.received["reaction"]

        def rests() -> bool:
            poses = [(m.frame_index, m.root_pose, m.joint_rotations) for m in reactions[-count:]]
            return len(poses) == count and all(pose == poses[0] for pose in poses)

        self.wait(rests)
        return self.wait_for_new(count)

    def call(self, service_type: type, name: str, request: Any) -> Any:
        """The response of a service, once it is there."""
        known = name in self._clients
        if not known:
            self._clients[name] = self.node.create_client(service_type, name)
        client = self._clients[name]
        assert client.wait_for_service(PATIENCE_S)
        if not known:  # A server drops the response to a client that it has not seen yet.
            time.sleep(0.2)
        future = client.call_async(request)
        self.wait(future.done)
        return future.result()

    def change_state(self, transition: int) -> None:
        """Of the node `reaction`, by a constant of lifecycle_msgs/Transition."""
        request = ChangeState.Request(transition=Transition(id=transition))
        assert self.call(ChangeState, "reaction/change_state", request).success

    def _spin(self) -> None:
        with suppress(ExternalShutdownException):
            self._executor.spin()


class NodeProcess:
    """A node of this package as a process, and what it says."""

    def __init__(
        self, name: str, *parameters: str, namespace: str = "", renamed: Sequence[str] = ()
    ) -> None:
        """
        Args:
            name: of the module in `remogen_ros.nodes`.
            parameters: `name:=value` each.
            namespace: of the node.
            renamed: `topic:=other` each.
        """
        given = [word for parameter in parameters for word in ("-p", parameter)]
        remapped = [f"__ns:={namespace}", *renamed] if namespace else renamed
        given += [word for remapping in remapped for word in ("-r", remapping)]
        command = [sys.executable, "-m", f"remogen_ros.nodes.{name}", "--ros-args", *given]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """Everything said so far; of a process that has ended, everything."""
        if self.process.poll() is not None:
            self._reader.join(5.0)
        return "\n".join(self.lines)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            self._reader.join(5.0)

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip())


@contextmanager
def running(
    name: str, *parameters: str, namespace: str = "", renamed: Sequence[str] = ()
) -> Iterator[NodeProcess]:
    """A node process that ends with the block."""
    process = NodeProcess(name, *parameters, namespace=namespace, renamed=renamed)
    try:
        yield process
    finally:
        process.stop()
