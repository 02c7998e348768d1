"""Sends transforms that hold for all time."""

from collections.abc import Iterable

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile
from tf2_msgs.msg import TFMessage

from .transform_broadcaster import as_list


class StaticTransformBroadcaster:
    """Publishes on ``/tf_static``, latched: who comes later hears them as well."""

    def __init__(self, node: Node, qos: QoSProfile | int | None = None) -> None:
        if qos is None:
            qos = QoSProfile(
                depth=1,
                durability=DurabilityPolicy.TRANSIENT_LOCAL,
                history=HistoryPolicy.KEEP_LAST,
            )
        self.pub_tf = node.create_publisher(TFMessage, "/tf_static", qos)
        self._sent: dict[str, TransformStamped] = {}

    def sendTransform(  # noqa: N802 (the public name)
        self, transform: TransformStamped | Iterable[TransformStamped]
    ) -> None:
        """Send transforms. Only the last message is latched, so it repeats those sent before."""
        self._sent.update({t.child_frame_id: t for t in as_list(transform)})
        self.pub_tf.publish(TFMessage(transforms=list(self._sent.values())))
