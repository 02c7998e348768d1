"""Transforms over time: the part of tf2_ros that remogen_ros uses, in plain Python.

Names and behaviour are those of the tf2_ros of a ROS 2 distribution; that one is used
wherever it is installed.
"""

from .buffer import Buffer
from .buffer_core import BufferCore
from .exceptions import (
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
    TimeoutException,
    TransformException,
)
from .static_transform_broadcaster import StaticTransformBroadcaster
from .transform_broadcaster import TransformBroadcaster
from .transform_listener import TransformListener

__all__ = [
    "Buffer",
    "BufferCore",
    "ConnectivityException",
    "ExtrapolationException",
    "InvalidArgumentException",
    "LookupException",
    "StaticTransformBroadcaster",
    "TimeoutException",
    "TransformBroadcaster",
    "TransformException",
    "TransformListener",
]
