"""ros2 launch remogen_ros record.launch.py out:=FOLDER: what goes in and comes out, into a bag."""

from launch import LaunchDescription
from remogen_ros.bringup.bringups import RECORD
from remogen_ros.launching import launch_description


def generate_launch_description() -> LaunchDescription:
    """What `ros2 launch` asks for."""
    return launch_description(RECORD)
