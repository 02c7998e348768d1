"""ros2 launch remogen_ros mujoco.launch.py: the reaction node, and a robot that follows it."""

from launch import LaunchDescription
from remogen_ros.bringup.bringups import MUJOCO
from remogen_ros.launching import launch_description


def generate_launch_description() -> LaunchDescription:
    """What `ros2 launch` asks for."""
    return launch_description(MUJOCO)
