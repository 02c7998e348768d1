"""`./remogen record` beside a running node, over DDS, and the bag replayed by `./remogen play`."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped, TransformStamped
from nav_msgs.msg import MapMetaData, OccupancyGrid
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from rosidl_runtime_py.utilities import get_message
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_ros import StaticTransformBroadcaster

from remogen_ros.cli.__main__ import main
from remogen_ros.embodiment.avatar import AVATAR_JOINT_NAMES
from remogen_ros.errors import UserError
from remogen_ros.nodes.recorded import OUTPUTS, RecordingConfig
from remogen_ros.recording.bags import is_latched, open_bag
from remogen_ros.recording.inputs import noted_inputs
from remogen_ros.recording.playback import PlaybackConfig, load_playback
from test.nodes.harness import PATIENCE_S, Harness, running

INPUTS = ("/skeletons", "/points", "/map", "/goal", "/intent", "/joint_states", "/tf_static")
SHOWN = (
    *("/reaction", "/joint_targets", "/root_pose", "/joint_trajectory", "/root_trajectory"),
    "/markers",
)
MEASURED = ("measured_joint_states:=joint_states", "joint_states:=joint_targets")
"""As beside Isaac Sim: joint_states are the robot's own, and the reaction begins from them."""

BEGUN = ("backend:=eager", "guard.start_topic:=measured_joint_states")
USAGE_ERROR = 2


def command(name: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "remogen_ros.cli", name, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@dataclass(frozen=True)
class Bag:
    """What a bag holds: messages in order, and whether it was latched, by topic."""

    messages: dict[str, list[bytes]]
    types: dict[str, str]
    latched: dict[str, bool]

    @classmethod
    def read(cls, path: Path) -> Bag:
        with open_bag(path) as bag:
            messages: dict[str, list[bytes]] = defaultdict(list)
            for connection, _, cdr in bag.messages():
                messages[connection.topic].append(bytes(cdr))
            types = {c.topic: c.msgtype for c in bag.connections}
            return cls(messages, types, {c.topic: is_latched(c) for c in bag.connections})


@pytest.fixture(scope="module")
def recorded(model: Path, harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bag of a node that begins where its joints are measured and reacts to a person, a cloud, a
    map, a goal and a wish, ended by Ctrl-C."""
    path = tmp_path_factory.mktemp("recorded") / "bag"
    harness.send_camera()
    # A second publisher of static transforms, and a goal that is offered in another way.
    other = StaticTransformBroadcaster(harness.node)
    lidar = TransformStamped(child_frame_id="lidar")
    lidar.header.frame_id, lidar.header.stamp = "odom", harness.now()
    lidar.transform.rotation.w = 1.0
    other.sendTransform(lidar)
    best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    goals = harness.node.create_publisher(PoseStamped, "goal", best_effort)
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    intents = harness.node.create_publisher(String, "intent", latched)
    intents.publish(String(data="wave"))
    maps = harness.node.create_publisher(OccupancyGrid, "map", latched)
    flat = OccupancyGrid(data=[0, 100])
    flat.header.frame_id = "odom"
    flat.info = MapMetaData(resolution=0.1, width=2, height=1)
    maps.publish(flat)
    joints = harness.node.create_publisher(JointState, "joint_states", 10)
    goal = PoseStamped()
    goal.header.frame_id = "odom"
    goal.pose.position.x = 2.0
    with running("reaction", f"model:={model}", *BEGUN, renamed=MEASURED):
        rest = [0.3] * len(AVATAR_JOINT_NAMES)
        measure = partial(joints.publish, JointState(name=AVATAR_JOINT_NAMES, position=rest))
        harness.wait(lambda: harness.received["reaction"], measure)
        heard = {topic: harness.node.count_subscribers(topic) for topic in SHOWN}
        process = command("record", "--out", str(path), "--tracker", "native")
        try:
            harness.wait(lambda: goals.get_subscription_count() > 1)
            harness.wait(lambda: all(harness.node.count_subscribers(t) > heard[t] for t in heard))

            def act() -> None:
                measure()
                harness.send_skeleton((1.5, 0.0), "anna")
                harness.send_cloud(np.array([[1.0, 1.0, 0.5]]))
                goals.publish(goal)

            harness.wait_for_new(40, act=act)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "messages on" in said and f"./remogen play {path}" in " ".join(said.split())
    return path


@pytest.fixture(scope="module")
def bag(recorded: Path) -> Bag:
    return Bag.read(recorded)


def test_the_bag_holds_what_went_in_and_what_came_out(bag: Bag, harness: Harness) -> None:
    assert {*INPUTS, *SHOWN, "/diagnostics", "/tf"} <= set(bag.types)
    assert "/body_tracking_data" not in bag.types  # of another tracker
    assert all(len(bag.messages[topic]) >= 10 for topic in SHOWN)
    assert all(len(bag.messages[topic]) >= 5 for topic in ("/skeletons", "/points", "/goal"))
    frames = [
        transform.child_frame_id
        for cdr in bag.messages["/tf_static"]
        for transform in deserialize_message(cdr, get_message(bag.types["/tf_static"])).transforms
    ]
    assert {"camera", "lidar"} <= set(frames)
    latched = {"/intent", "/map", "/tf_static"}
    assert {topic for topic, kept in bag.latched.items() if kept} == latched
    (intent,) = bag.messages["/intent"]
    assert deserialize_message(intent, String).data == "wave"


def test_what_is_recorded_is_what_was_published(bag: Bag, harness: Harness) -> None:
    heard = {str(m.header.stamp): m for m in harness.received["reaction"]}
    kind = get_message(bag.types["/reaction"])
    for cdr in bag.messages["/reaction"]:
        message = deserialize_message(cdr, kind)
        assert message == heard[str(message.header.stamp)]


def test_a_run_is_replayed_message_by_message(recorded: Path, bag: Bag, harness: Harness) -> None:
    heard: dict[str, list[bytes]] = defaultdict(list)
    for topic, type_name in bag.types.items():
        durability = DurabilityPolicy.TRANSIENT_LOCAL if bag.latched[topic] else None
        profile = QoSProfile(depth=1000, durability=durability or DurabilityPolicy.VOLATILE)
        harness.node.create_subscription(
            get_message(type_name), topic, heard[topic].append, profile, raw=True
        )
    # What this process has published and latched is none of the replay.
    harness.wait(lambda: len(heard["/tf_static"]) >= 2 and heard["/intent"] and heard["/map"])
    for topic in ("/tf_static", "/intent", "/map"):
        heard[topic].clear()
    player = command("play", str(recorded), "--wait-for-subscribers-s", "60", "--clock", "0")
    said, _ = player.communicate(timeout=PATIENCE_S)
    assert player.returncode == 0, said
    harness.wait(lambda: all(len(heard[t]) >= len(m) for t, m in bag.messages.items()))
    for topic, cdrs in bag.messages.items():
        kind = get_message(bag.types[topic])
        played = [deserialize_message(cdr, kind) for cdr in heard[topic]]
        assert played == [deserialize_message(cdr, kind) for cdr in cdrs], topic


def test_the_inputs_alone_are_those_and_none_of_the_egos_frames(recorded: Path, bag: Bag) -> None:
    playback = load_playback(PlaybackConfig(recorded, inputs=True))
    topics = {message.topic for message in playback.messages}
    assert topics == set(INPUTS)
    said = {f"/{topic.lstrip('/')}" for topic in OUTPUTS}
    assert topics & said == {"/joint_states"}  # which somebody else says
    played = sum(m.topic == "/skeletons" for m in playback.messages)
    assert played == len(bag.messages["/skeletons"])


def test_a_node_reacts_anew_to_a_recorded_run(
    recorded: Path, model: Path, harness: Harness
) -> None:
    """Its joints are in the recording: without them it would wait for ever."""
    first = len(harness.received["reaction"])
    with running("reaction", f"model:={model}", *BEGUN, "use_sim_time:=true", renamed=MEASURED):
        player = command(
            "play", str(recorded), "--inputs", "--loop", "--wait-for-subscribers-s", "60"
        )
        try:
            harness.wait(
                lambda: any(m.partner_id == "anna" for m in harness.received["reaction"][first:])
            )
        finally:
            player.send_signal(signal.SIGINT)
            player.communicate(timeout=PATIENCE_S)


@pytest.fixture
def wishes(harness: Harness) -> None:
    """Again and again, in a namespace and by another name."""
    publisher = harness.node.create_publisher(String, "/left/wish", 1)
    joints = harness.node.create_publisher(JointState, "/left/robot/joints", 1)
    more = harness.node.create_publisher(String, "/more", 1)

    def say() -> None:
        publisher.publish(String(data="come"))
        joints.publish(JointState(name=["left_elbow_x"], position=[0.3]))
        more.publish(String(data="of it"))

    harness.node.create_timer(0.05, say)


@pytest.mark.parametrize(
    "arguments",
    [
        "record --out {} --namespace left --duration 4 --intent-topic wish --start-topic "
        "robot/joints --also /more",
        "up record out:={} namespace:=left duration:=4 intent_topic:=wish "
        "start_topic:=robot/joints also:=/more,/most",
    ],
    ids=["record", "up"],
)
def test_a_namespace_other_names_and_a_duration(
    wishes: None, tmp_path: Path, arguments: str
) -> None:
    out = tmp_path / "new" / "bag"
    process = command(*arguments.format(out).split())
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    bag = Bag.read(out)
    assert len(bag.messages["/left/wish"]) >= 5
    assert all(topic.startswith(("/left/", "/diagnostics", "/more")) for topic in bag.types)
    # Both are what went in, though no node that reacts has heard them.
    assert {"/left/robot/joints", "/more"} <= noted_inputs(out)
    left = PlaybackConfig(out, inputs=True, without=("left/wish",))
    assert {m.topic for m in load_playback(left).messages} == {"/left/robot/joints", "/more"}
    everything = PlaybackConfig(out, inputs=True, without=tuple(noted_inputs(out) & set(bag.types)))
    with pytest.raises(UserError, match="Nothing is to be played"):
        load_playback(everything)
    with pytest.raises(UserError, match=r"without is /wish, .*no such topic.*/left/wish"):
        load_playback(PlaybackConfig(out, without=("wish",)))


def test_nothing_heard_is_said_with_the_topics_and_leaves_nothing(
    harness: Harness, tmp_path: Path
) -> None:
    out = tmp_path / "bag"
    process = command(
        *("record", "--out", str(out), "--namespace", "nobody", "--patience-s", "1"),
        *("--tracker", "azure_kinect", "--no-points"),
    )
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "Nothing was heard on any of" in said and "/nobody/body_tracking_data" in said
    assert "/nobody/points" not in said and "/nobody/skeletons" not in said
    assert "/nobody/tf_static" in said
    assert "Traceback" not in said
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--out", "{exists}"), ("exists already",)),
        (("--out", "{file}/bag"), ("cannot be made",)),
    ],
    ids=str,
)
def test_a_folder_that_cannot_be_is_one_sentence(
    domain: int, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("")
    given = [a.format(exists=tmp_path, file=tmp_path / "file") for a in arguments]
    process = command("record", *given)
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert len(said.strip().splitlines()) == 1
    assert all(word in said for word in words)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--duration", "-1"), ("duration is -1",)),
        (("--patience-s", "nan"), ("patience_s is nan",)),
        (("--tracker", "tf", "--tracker-topic", "people"), ("tracker_topic is 'people'", "zed")),
        (("--start-topic", "2nd"), ("start_topic is '2nd'", "name of a topic")),
        (("--also", "/good", "not good"), ("also is 'not good'", "name of a topic")),
    ],
    ids=str,
)
def test_what_is_not_allowed_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert main(["record", "--out", "bag", *arguments]) == USAGE_ERROR
    said = capsys.readouterr().err.strip()
    assert all(word in said for word in words)


def test_topics_follow_the_tracker() -> None:
    out = Path("bag")
    assert RecordingConfig(out, tracker="tf", points=False).inputs()[:2] == ("map", "goal")
    zed = RecordingConfig(out, tracker="zed", tracker_topic="/zed/bodies", also=("/more",))
    assert zed.skeletons() == ("/zed/bodies",)
    assert {"points", "/more", "reaction", "/tf_static"} <= set(zed.topics())
    everyone = RecordingConfig(out, outputs=False).topics()
    assert {"skeletons", "body_tracking_data", "/humans/bodies/tracked"} <= set(everyone)
    assert not set(OUTPUTS) & set(everyone)
