"""Names of the topics of the node `reaction`, relative to its namespace, and what a name may be."""

from __future__ import annotations

import re

REACTION_NODE = "reaction"
"""Name of the node itself."""

AZURE_KINECT = "body_tracking_data"
"""visualization_msgs/MarkerArray in: people, as the Azure Kinect driver publishes them."""

NATIVE = "skeletons"
"""remogen_msgs/SkeletonArray in: people, in this project's own form."""

ZED = "body_trk/skeletons"
"""zed_msgs/ObjectsStamped in: people, as the ZED wrapper publishes them."""

ROS4HRI = "/humans/bodies/tracked"
"""hri_msgs/IdsList in: who is tracked; their frames are on TF."""

FRAMES = "/tf"
"""tf2_msgs/TFMessage in: every transform; with the tracker tf, people too."""

STATIC_FRAMES = "/tf_static"
"""tf2_msgs/TFMessage in, latched: transforms that hold for all time."""

CLOUD = "points"
"""sensor_msgs/PointCloud2 in: the room."""

MAP = "map"
"""nav_msgs/OccupancyGrid in: the room as a flat map."""

GOAL = "goal"
"""geometry_msgs/PoseStamped in: where the ego is to go."""

INTENT = "intent"
"""std_msgs/String in: what the ego is asked to do, in words."""

JOINT_STATES = "joint_states"
"""sensor_msgs/JointState out."""

ROOT_POSE = "root_pose"
"""geometry_msgs/PoseStamped out: the pelvis."""

TRAJECTORY = "joint_trajectory"
"""trajectory_msgs/JointTrajectory out: the rest of the segment."""

CONTROLLER_TRAJECTORY = "joint_trajectory_controller/joint_trajectory"
"""trajectory_msgs/JointTrajectory: what `joint_trajectory` is called where ros2_control's
controller of that name listens to it."""

ROOT_TRAJECTORY = "root_trajectory"
"""trajectory_msgs/MultiDOFJointTrajectory out: where the root goes meanwhile."""

JOINT_COMMAND = "joint_command"
"""sensor_msgs/JointState: the stream between the ticks (`command_rate`). Without it, what
`joint_states` of the reaction is called where a simulator runs, whose own `joint_states` are what
the joints really do."""

MEASURED_JOINTS = "measured_joint_states"
"""sensor_msgs/JointState in: what `joint_states` of a simulator are called on their way to the
reaction, whose own are renamed."""

JOINT_TARGETS = "joint_targets"
"""sensor_msgs/JointState: what `joint_states` of the reaction is called where `joint_command` is
the stream."""

BASE_POSE = "base_pose"
"""geometry_msgs/PoseStamped of a simulator: where the robot's root really is."""

REACTION = "reaction"
"""remogen_msgs/Reaction out: the frame, its horizon, and how it came about."""

MARKERS = "markers"
"""visualization_msgs/MarkerArray out, on demand: the ego and its partners."""

OCCUPANCY = "occupancy"
"""sensor_msgs/PointCloud2 out, on demand: centres of the occupied cells."""

ROBOT_DESCRIPTION = "robot_description"
"""std_msgs/String, latched: the URDF, of whoever publishes the links on TF."""

DIAGNOSTICS = "/diagnostics"
"""diagnostic_msgs/DiagnosticArray out: once a second."""

LONGEST_NAME = 247
"""Of a topic, characters; what rmw allows."""

_NAME = re.compile(r"/?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")


def topic_problem(value: str) -> str:
    """Why this can be no name of a topic, absolute or relative; empty if it can."""
    if _NAME.fullmatch(value) and len(f"/{value.lstrip('/')}") <= LONGEST_NAME:
        return ""
    return (
        "it must be the name of a topic: letters, digits and underscores, none of its parts "
        f"between slashes beginning with a digit, {LONGEST_NAME} characters at most"
    )
