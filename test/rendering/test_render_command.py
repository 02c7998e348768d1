"""`./remogen render` draws what a bag holds, and says in one sentence what it cannot draw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geometry_msgs.msg import Point
from PIL import Image
from rclpy.serialization import serialize_message
from visualization_msgs.msg import Marker, MarkerArray

from remogen_msgs.msg import Reaction
from remogen_ros.cli.render import main, read_reaction
from remogen_ros.embodiment.markers import fill_markers, reaction_bodies
from remogen_ros.embodiment.messages import points
from remogen_ros.errors import UserError
from remogen_ros.recording.writer import BagWriter, quality
from test.rendering.figures import standing

FRAMES = 15
EMPTY = np.zeros((0, 22, 3))


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """1.5 s of an avatar that walks; a partner is seen in the first second."""
    folder = tmp_path / "bag"
    with BagWriter(folder) as writer:
        writer.add_topic("/reaction", "remogen_msgs/msg/Reaction", quality(10))
        writer.add_topic("/markers", "visualization_msgs/msg/MarkerArray", quality(10))
        for frame in range(FRAMES):
            message = Reaction(joint_positions=points(standing(0.1 * frame), Point))
            message.header.stamp.sec, message.header.stamp.nanosec = 5, frame * 100_000_000
            partners = {"7": standing(3.0, 0.0, 180.0)} if frame < 10 else {}
            drawn = reaction_bodies(standing(0.1 * frame), EMPTY, partners)
            markers = fill_markers(
                MarkerArray(), message.header.stamp, "world", drawn, Marker, Point
            )
            for topic, sent in (("/reaction", message), ("/markers", markers)):
                writer.write_serialised(topic, frame * 100_000_000, serialize_message(sent))
    return folder


def test_frames_and_partners_are_read(bag: Path):
    recorded = read_reaction(bag)
    assert recorded.ego.shape == (FRAMES, 22, 3)
    assert recorded.ego[:, 0, 0] == pytest.approx(0.1 * np.arange(FRAMES))
    assert np.diff(recorded.stamps_ns).tolist() == [100_000_000] * (FRAMES - 1)
    (name,) = recorded.partners
    assert name == "7"
    seen = np.isfinite(recorded.partners[name]).all((1, 2))
    assert seen.tolist() == [True] * 10 + [False] * 5


def test_a_strip_is_written(bag: Path, tmp_path: Path, capsys):
    out = tmp_path / "strip.png"
    assert main([str(bag), "--out", str(out), "--every", "0.7", "--size", "64"]) == 0
    assert Image.open(out).size == (3 * 64 + 2 * 4, 64)
    assert str(out) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--start", "9"], "--start is 9 s, but the reaction lasts 1.5 s"),
        (["--every", "0"], "--every must be above 0"),
        (["--out", "missing/a.png"], "There is no folder missing"),
    ],
)
def test_what_cannot_be_drawn_is_said(bag: Path, arguments, sentence):
    with pytest.raises(UserError, match=sentence):
        main([str(bag), *arguments])


def test_a_bag_without_a_reaction_is_refused(tmp_path: Path):
    with BagWriter(tmp_path / "bag") as writer:
        writer.add_topic("/markers", "visualization_msgs/msg/MarkerArray", quality(10))
    with pytest.raises(UserError, match="holds no message of type remogen_msgs/msg/Reaction"):
        main([str(tmp_path / "bag")])
    with pytest.raises(UserError, match="There is no bag"):
        main([str(tmp_path / "nothing")])
