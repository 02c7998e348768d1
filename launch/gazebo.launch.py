"""ros2 launch remogen_ros gazebo.launch.py: the reaction node, and a robot that hangs in Gazebo.

Not run by this project, which has no such simulator: see docs/simulators.md.
"""

from launch import LaunchDescription
from remogen_ros.bringup.bringups import GAZEBO
from remogen_ros.launching import launch_description


def generate_launch_description() -> LaunchDescription:
    """What `ros2 launch` asks for."""
    return launch_description(GAZEBO)
