"""Fills a buffer with the transforms that others broadcast."""

from threading import Thread

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile
from tf2_msgs.msg import TFMessage

from .buffer import Buffer

AUTHORITY = "default_authority"  # a message does not say who sent it


class TransformListener:
    """Subscribes to the transform topics for as long as it lives."""

    def __init__(
        self,
        buffer: Buffer,
        node: Node,
        *,
        spin_thread: bool = False,
        qos: QoSProfile | int | None = None,
        static_qos: QoSProfile | int | None = None,
        tf_topic: str = "/tf",
        tf_static_topic: str = "/tf_static",
    ) -> None:
        """``spin_thread``: spin ``node`` in a thread of its own, for programs that do not."""
        self.buffer = buffer
        self.node = node
        # Reentrant, so that a waiting callback of the node does not hold up the transforms.
        self.group = ReentrantCallbackGroup()
        self.tf_sub = node.create_subscription(
            TFMessage,
            tf_topic,
            self.callback,
            QoSProfile(depth=100) if qos is None else qos,
            callback_group=self.group,
        )
        self.tf_static_sub = node.create_subscription(
            TFMessage,
            tf_static_topic,
            self.static_callback,
            _latched_qos() if static_qos is None else static_qos,
            callback_group=self.group,
        )
        self._executor: SingleThreadedExecutor | None = None
        if spin_thread:
            self._executor = SingleThreadedExecutor()
            self._executor.add_node(node)
            self._thread = Thread(target=self._executor.spin, daemon=True)
            self._thread.start()

    def __del__(self) -> None:
        if getattr(self, "_executor", None) is not None:
            self._executor.shutdown()
            self._thread.join()
        if hasattr(self, "tf_static_sub"):
            self.unregister()

    def unregister(self) -> None:
        """Stop listening."""
        self.node.destroy_subscription(self.tf_sub)
        self.node.destroy_subscription(self.tf_static_sub)

    def callback(self, data: TFMessage) -> None:
        for transform in data.transforms:
            self.buffer.set_transform(transform, AUTHORITY)

    def static_callback(self, data: TFMessage) -> None:
        for transform in data.transforms:
            self.buffer.set_transform_static(transform, AUTHORITY)


def _latched_qos() -> QoSProfile:
    return QoSProfile(
        depth=100,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
        history=HistoryPolicy.KEEP_LAST,
    )
