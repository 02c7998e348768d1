"""The node `avatar_state` as a process: joint states in, a connected TF tree out."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from remogen_ros.embodiment.avatar import AVATAR_JOINT_NAMES, AvatarEmbodiment
from remogen_ros.embodiment.messages import fill_joint_state
from remogen_ros.embodiment.urdf import avatar_urdf
from remogen_ros.motion.kinematics import forward_kinematics_numpy
from remogen_ros.motion.skeleton import JOINT_NAMES
from remogen_ros.nodes.spinning import REFUSED
from test.nodes.harness import Harness, NodeProcess, running

ROTATIONS = Rotation.random(22, random_state=3).as_quat()


def test_links_stand_where_the_body_has_its_joints(harness: Harness):
    publisher = harness.node.create_publisher(JointState, "joint_states", 10)
    sample = AvatarEmbodiment().step(ROTATIONS)

    def send() -> None:
        stamp = harness.stamp_at(12.5)
        publisher.publish(fill_joint_state(JointState(), stamp, AVATAR_JOINT_NAMES, sample))

    with running("avatar_state", "frame_prefix:=a/") as node:
        harness.wait(lambda: harness.received["/tf"] or node.process.poll() is not None, send)
        assert harness.received["/tf"], node.text
        late = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        descriptions: list[String] = []
        harness.node.create_subscription(String, "robot_description", descriptions.append, late)
        harness.wait(lambda: descriptions)
        harness.wait(
            lambda: "1 names, but 0 positions" in node.text,
            lambda: publisher.publish(JointState(name=["left_knee_y"], position=[])),
        )
        assert node.stop() == 0
    assert "Traceback" not in node.text
    assert descriptions[0].data == avatar_urdf()
    (message, *_) = harness.received["/tf"]
    place = {"a/pelvis": (Rotation.identity(), np.zeros(3))}
    for transform in message.transforms:
        assert transform.header.stamp == harness.stamp_at(12.5)
        rotation, position = place[transform.header.frame_id]
        t, q = transform.transform.translation, transform.transform.rotation
        place[transform.child_frame_id] = (
            rotation * Rotation.from_quat((q.x, q.y, q.z, q.w)),
            position + rotation.apply((t.x, t.y, t.z)),
        )
    matrices = Rotation.from_quat(ROTATIONS).as_matrix()
    matrices[0] = np.eye(3)
    expected = forward_kinematics_numpy(matrices, np.zeros(3))
    links = np.array([place[f"a/{name}"][1] for name in JOINT_NAMES])
    np.testing.assert_allclose(links, expected, atol=1e-5)


def test_with_the_links_of_rep_120_tf_and_urdf_have_the_same_frames(harness: Harness):
    harness.listen_latched(TFMessage, "/tf_static")
    harness.listen_latched(String, "robot_description")
    first = len(harness.received["/tf"])
    publisher = harness.node.create_publisher(JointState, "joint_states", 10)
    sample = AvatarEmbodiment().step(ROTATIONS)

    def send() -> None:
        stamp = harness.stamp_at(30.0)
        publisher.publish(fill_joint_state(JointState(), stamp, AVATAR_JOINT_NAMES, sample))

    with running("avatar_state", "link_names:=rep120"):
        harness.wait(
            lambda: harness.received["/tf_static"] and harness.received["/tf"][first:], send
        )
        harness.wait(lambda: harness.received["robot_description"])
    urdf = ElementTree.fromstring(harness.received["robot_description"][-1].data)
    moving, fixed = harness.received["/tf"][-1], harness.received["/tf_static"][-1]
    on_tf = {t.child_frame_id for m in (moving, fixed) for t in m.transforms}
    assert on_tf == {link.get("name") for link in urdf.iter("link")} - {"pelvis"}
    assert {"base_link", "torso", "l_wrist", "r_sole", "gaze"} <= on_tf


@pytest.mark.parametrize(
    "name, value, reason",
    [
        ("link_names", "latin", "it must be one of smpl, rep120"),
        ("frame_prefix", "/left", "frames do not begin with a slash"),
    ],
)
def test_what_a_parameter_cannot_be_is_refused_in_one_sentence(domain, name, value, reason):
    process = NodeProcess("avatar_state", f"{name}:={value}")
    assert process.process.wait(90.0) == REFUSED
    assert process.text == f"Parameter '{name}' of avatar_state is '{value}'; {reason}."


@pytest.mark.parametrize("description", ["<robot", "<robot name='r'/>"])
def test_a_description_that_cannot_be_read_ends_the_node_with_one_sentence(domain, description):
    process = NodeProcess("avatar_state", f'robot_description:="{description}"')
    assert process.process.wait(90.0) == REFUSED
    assert "Parameter 'robot_description' of avatar_state: the robot description" in process.text
    assert "Traceback" not in process.text
