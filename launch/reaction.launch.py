"""ros2 launch remogen_ros reaction.launch.py: the reaction node on your own tracker and camera."""

from launch import LaunchDescription
from remogen_ros.bringup.bringups import REACTION
from remogen_ros.launching import launch_description


def generate_launch_description() -> LaunchDescription:
    """What `ros2 launch` asks for."""
    return launch_description(REACTION)
