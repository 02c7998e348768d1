"""Bags written and read back, and what is said about broken ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from remogen_ros.errors import UserError
from remogen_ros.perception.azure_kinect import detections_from_marker_array
from remogen_ros.perception.clouds import points_from_cloud
from remogen_ros.recording.bags import message_types, open_bag, summarise
from remogen_ros.recording.messages import MessageFactory
from remogen_ros.recording.writer import BagWriter, quality

START = 1_700_000_000_000_000_000
JOINTS = np.arange(96, dtype=np.float32).reshape(32, 3) / 64
CLOUD = np.array([[[1, 2, 3], [np.nan, 0, 0]], [[4, 5, 6], [7, 8, 9]]], np.float32)


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """Ten bodies at 10 Hz, one cloud, one latched transform."""
    path = tmp_path / "tiny"
    with BagWriter(path) as writer:
        writer.add_topic("/tf_static", "tf2_msgs/msg/TFMessage", quality(1, latched=True))
        writer.add_topic("/bodies", "visualization_msgs/msg/MarkerArray", quality(1))
        writer.add_topic("/points", "sensor_msgs/msg/PointCloud2", quality(1))
        make = MessageFactory(writer.types)
        mounted = make.transform(START, "map", "camera", np.ones(3), np.array([0, 0, 0, 1.0]))
        writer.write("/tf_static", START, make.transforms([mounted]))
        writer.write("/points", START, make.cloud(START, "camera", CLOUD))
        for i in range(10):
            stamp = START + i * 100_000_000
            writer.write("/bodies", stamp, make.bodies(stamp, "camera", {2: JOINTS}))
    return path


def test_what_was_written_is_read(bag: Path) -> None:
    with open_bag(bag) as reader:
        read = [(c.topic, t, reader.deserialize(r, c.msgtype)) for c, t, r in reader.messages()]
    by_topic = {topic: message for topic, _, message in read}
    (seen,), problems = detections_from_marker_array(by_topic["/bodies"])
    assert problems == []
    assert (seen.body_id, seen.frame_id, seen.stamp_ns) == ("2", "camera", START + 900_000_000)
    np.testing.assert_array_equal(seen.positions[0], JOINTS[0])
    np.testing.assert_array_equal(
        points_from_cloud(by_topic["/points"]), CLOUD.reshape(-1, 3)[[0, 2, 3]]
    )
    (transform,) = by_topic["/tf_static"].transforms
    assert (transform.header.frame_id, transform.child_frame_id) == ("map", "camera")
    assert transform.transform.rotation.w == 1


def test_a_summary_tells_topics_rates_and_size(bag: Path) -> None:
    summary = summarise(bag)
    assert summary.duration_s == pytest.approx(0.9)
    assert summary.size_bytes == (bag / "tiny.mcap").stat().st_size
    bodies, points, static = summary.topics
    assert (bodies.name, bodies.count, bodies.latched) == ("/bodies", 10, False)
    assert bodies.rate_hz == pytest.approx(10)
    assert (points.count, points.rate_hz) == (1, 0.0)
    assert static.latched


def test_own_messages_can_be_recorded(tmp_path: Path) -> None:
    assert "remogen_msgs/msg/SkeletonArray" in message_types().fielddefs
    with BagWriter(tmp_path / "own") as writer:
        writer.add_topic("/skeletons", "remogen_msgs/msg/SkeletonArray", quality(1))


def test_nothing_is_overwritten_and_unknown_types_are_refused(bag: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="exists already"):
        BagWriter(bag)
    with BagWriter(tmp_path / "new") as writer, pytest.raises(UserError, match="not known"):
        writer.add_topic("/strange", "nobody_msgs/msg/Knows", quality(1))


def test_missing_and_broken_bags_are_refused(bag: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no bag"):
        summarise(tmp_path / "absent")
    with pytest.raises(UserError, match=r"no metadata\.yaml"):
        summarise(tmp_path)
    storage = bag / "tiny.mcap"
    storage.write_bytes(storage.read_bytes()[: storage.stat().st_size // 2])
    with pytest.raises(UserError, match="cannot be read"):
        summarise(bag)
    storage.unlink()
    with pytest.raises(UserError, match="cannot be read"):
        summarise(bag)
    (bag / "metadata.yaml").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        summarise(bag)
