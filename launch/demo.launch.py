"""ros2 launch remogen_ros demo.launch.py: the shipped recording, the reaction node, a viewer."""

from launch import LaunchDescription
from remogen_ros.bringup.bringups import DEMO
from remogen_ros.launching import launch_description


def generate_launch_description() -> LaunchDescription:
    """What `ros2 launch` asks for."""
    return launch_description(DEMO)
