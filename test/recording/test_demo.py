"""The making of the demonstration recording, from tiny sources, and the one that is shipped."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from remogen_ros.cli.bag import main
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.perception.azure_kinect import detections_from_marker_array
from remogen_ros.perception.clouds import points_from_cloud
from remogen_ros.perception.transforms import apply_transform
from remogen_ros.recording.actors import KINECT_JOINTS, Actor, read_actor
from remogen_ros.recording.bags import open_bag, summarise
from remogen_ros.recording.demo import build_demo
from remogen_ros.recording.staging import START_NS
from test.recording.sources import clip, joints_needed, write_sources

SHIPPED = Path(__file__).parents[2] / "bags" / "demo"
LARGEST = 10_000_000


def test_an_actor_has_the_clips_joints_in_metres_and_z_up(tmp_path: Path) -> None:
    """The clip's root is 10 units up and moves 0.1 units a frame along the file's z (forward)."""
    path = tmp_path / "01_01.bvh"
    path.write_text(clip("playground"))
    actor = read_actor(path, "playground")
    unit = 0.056444
    assert actor.frame_rate == pytest.approx(10)
    assert actor.duration_s == pytest.approx(19.8), "without the T-pose"
    knee = actor.at(1.0)[KINECT_JOINTS.index("KNEE_LEFT")]
    height = 10 + joints_needed("playground").index("LeftLeg")
    np.testing.assert_allclose(knee, (1.1 * unit, 0.0, height * unit), atol=1e-9)
    nose = actor.at(0.0)[KINECT_JOINTS.index("NOSE")]
    head = actor.at(0.0)[KINECT_JOINTS.index("HEAD")]
    np.testing.assert_allclose(nose - head, (0.11, 0.0, 0.05), atol=1e-9)
    ear = actor.at(0.0)[KINECT_JOINTS.index("EAR_LEFT")]
    assert ear[1] > head[1], "left is +y"


def test_another_clip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "01_01.bvh"
    path.write_text(clip("playground").replace("LeftLeg", "LeftTail"))
    with pytest.raises(UserError, match="no joint LeftLeg"):
        read_actor(path, "playground")


def test_placing_turns_about_the_anchor() -> None:
    actor = Actor(np.array([[[1.0, 0.0, 1.0], [2.0, 0.0, 1.0]]] * 2), 10.0)
    placed = actor.placed(np.array([1.0, 0.0]), np.pi / 2, (5.0, 5.0))
    np.testing.assert_allclose(placed.joints[0], [[5, 5, 1], [5, 6, 1]], atol=1e-12)


@pytest.mark.slow
def test_building_is_repeatable_and_brings_its_licences(tmp_path: Path, capsys) -> None:
    source = write_sources(tmp_path / "source")
    for name in ("a", "b"):
        out = tmp_path / name / "demo"
        assert main(["build-demo", "--source", str(source), "--out", str(out)]) == 0
    assert "/body_tracking_data" in capsys.readouterr().out
    first, second = tmp_path / "a" / "demo", tmp_path / "b" / "demo"
    assert {p.name for p in first.iterdir()} == {
        "demo.mcap",
        "metadata.yaml",
        "README.md",
        "LICENCE-CMU.txt",
        "LICENCE-MORSE.txt",
    }
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()
    assert (first / "LICENCE-CMU.txt").read_text() == "free\n"
    with pytest.raises(UserError, match="exists already"):
        build_demo(source, first)


def test_missing_sources_are_named(tmp_path: Path) -> None:
    source = write_sources(tmp_path / "source")
    (source / "cmu" / "01_01.bvh").unlink()
    with pytest.raises(UserError, match=r"holds no cmu/01_01\.bvh"):
        build_demo(source, tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


@pytest.fixture(scope="module")
def shipped() -> dict[str, list]:
    """(received, message) by topic."""
    messages: dict[str, list] = {}
    with open_bag(SHIPPED) as bag:
        for connection, stamp, raw in bag.messages():
            message = bag.deserialize(raw, connection.msgtype)
            messages.setdefault(connection.topic, []).append((stamp, message))
    return messages


def camera_pose(shipped: dict[str, list]) -> list[tuple[np.ndarray, np.ndarray]]:
    """(translation, quaternion) of camera_link, then of the optical frame in it."""
    ((_, message),) = shipped["/tf_static"]
    assert [t.child_frame_id for t in message.transforms] == [
        "camera_link",
        "camera_depth_optical_frame",
    ]
    assert [t.header.frame_id for t in message.transforms] == ["map", "camera_link"]
    poses = []
    for t in message.transforms:
        p, q = t.transform.translation, t.transform.rotation
        poses.append((np.array((p.x, p.y, p.z)), np.array((q.x, q.y, q.z, q.w))))
    return poses


def to_map(points: np.ndarray, poses: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    for translation, quaternion in reversed(poses):
        points = apply_transform(points, translation, quaternion)
    return points


def test_the_shipped_recording_is_small_and_complete() -> None:
    summary = summarise(SHIPPED)
    assert sum(p.stat().st_size for p in SHIPPED.iterdir()) <= LARGEST
    assert 40 <= summary.duration_s <= 60
    rates = {t.name: t.rate_hz for t in summary.topics}
    assert rates["/body_tracking_data"] == pytest.approx(15, abs=0.5)
    assert rates["/points"] == pytest.approx(2, abs=0.05)
    assert rates["/tf"] == pytest.approx(10, abs=0.05)
    latched = {t.name for t in summary.topics if t.latched}
    assert latched == {"/tf_static"}
    for name in ("README.md", "LICENCE-CMU.txt", "LICENCE-MORSE.txt"):
        assert (SHIPPED / name).stat().st_size > 500


def test_its_camera_is_mounted_high_and_looks_down(shipped: dict[str, list]) -> None:
    poses = camera_pose(shipped)
    origin, ahead = to_map(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), poses)
    assert 1.8 <= origin[2] <= 2.2
    assert 10 <= np.degrees(np.arcsin(origin[2] - ahead[2])) <= 20


def test_its_people_are_people_in_front_of_the_ego(shipped: dict[str, list]) -> None:
    poses = camera_pose(shipped)
    stamps, ids, gaps = [], [], []
    for received, message in shipped["/body_tracking_data"]:
        detections, problems = detections_from_marker_array(message)
        assert problems == []
        assert len(message.markers) in (0, 32)
        for seen in detections:
            assert seen.frame_id == "camera_depth_optical_frame"
            assert 0.02 < (received - seen.stamp_ns) / 1e9 < 0.15
            joints = to_map(seen.positions, poses)
            assert np.isfinite(joints).all()
            feet = joints[[JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]], 2]
            assert -0.1 < feet.min() < 0.5
            assert joints[:, 2].max() < 2.0
            if (seen.stamp_ns - START_NS) / 1e9 < 20:
                assert joints[JOINT_INDEX["head"], 2] > joints[0, 2] + 0.4
                assert np.linalg.norm(joints[0, :2] - (2.0, 0.0)) < 0.8
            stamps.append(seen.stamp_ns)
            ids.append(seen.body_id)
    steps = np.diff(stamps) / 1e9
    assert (steps > 0).all()
    assert np.std(steps[steps < 0.11]) > 0.0005, "the stamps jitter"
    gaps = steps[steps > 0.3]
    assert len(gaps) == 5
    assert [(a, b) for a, b in pairwise(ids) if a != b] == [("1", "2"), ("2", "3")]


def test_its_clouds_show_a_floor_a_room_and_the_person(shipped: dict[str, list]) -> None:
    poses = camera_pose(shipped)
    for _, message in shipped["/points"][::20]:
        assert message.header.frame_id == "camera_depth_optical_frame"
        points = to_map(points_from_cloud(message), poses)
        assert 3000 < len(points) < message.width * message.height
        floor = points[np.abs(points[:, 2]) < 0.1]
        assert len(floor) > 1000
        assert np.median(floor[:, 2]) == pytest.approx(0, abs=0.01)
        under_ego = points[np.linalg.norm(points[:, :2], axis=-1) < 0.3]
        assert np.abs(under_ego[:, 2]).max() < 0.1, "the ego stands on free floor"
    _, first = shipped["/points"][2]
    points = to_map(points_from_cloud(first), poses)
    person = points[np.linalg.norm(points[:, :2] - (2.0, 0.0), axis=-1) < 0.5]
    assert person[:, 2].max() > 1.4
