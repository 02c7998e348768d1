"""What is played, and when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from remogen_ros.errors import UserError
from remogen_ros.recording.messages import MessageFactory
from remogen_ros.recording.playback import PlaybackConfig, load_playback
from remogen_ros.recording.writer import BagWriter, quality

START = 1_700_000_000_000_000_000
TENTH = 100_000_000


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/tf_static at 0 s, recorded as volatile; /tf every 0.1 s from 0 s to 1 s; a /clock."""
    path = tmp_path_factory.mktemp("bags") / "tiny"
    with BagWriter(path) as writer:
        for topic in ("/tf_static", "/tf"):
            writer.add_topic(topic, "tf2_msgs/msg/TFMessage", quality(1))
        writer.add_topic("/clock", "rosgraph_msgs/msg/Clock", quality(1))
        make = MessageFactory(writer.types)
        message = make.transforms(
            [make.transform(START, "map", "odom", np.zeros(3), np.array([0, 0, 0, 1.0]))]
        )
        writer.write("/tf_static", START, message)
        for i in range(11):
            writer.write("/tf", START + i * TENTH, message)
        time = writer.types.types["builtin_interfaces/msg/Time"](sec=1, nanosec=0)
        clock = writer.types.types["rosgraph_msgs/msg/Clock"](clock=time)
        writer.write("/clock", START, clock)
    return path


def test_everything_is_played_but_the_clock(bag: Path) -> None:
    playback = load_playback(PlaybackConfig(bag))
    assert playback.start_ns == START
    assert playback.duration_ns == 10 * TENTH
    assert sorted(playback.topics) == ["/tf", "/tf_static"]
    assert [m.offset_ns for m in playback.messages if m.topic == "/tf"] == [
        i * TENTH for i in range(11)
    ]


def test_static_transforms_are_latched_and_survive_an_offset(bag: Path) -> None:
    playback = load_playback(PlaybackConfig(bag, start_offset=0.45, duration=0.3))
    assert playback.topics["/tf_static"].latched
    assert not playback.topics["/tf"].latched
    assert [(m.topic, m.offset_ns) for m in playback.messages] == [
        ("/tf_static", 0),
        ("/tf", TENTH // 2),
        ("/tf", 3 * TENTH // 2),
        ("/tf", 5 * TENTH // 2),
    ]
    assert playback.duration_ns == 3 * TENTH


def test_the_time_is_told_before_every_message_and_in_between(bag: Path) -> None:
    events = list(load_playback(PlaybackConfig(bag)).events(clock_hz=40.0))
    offsets = [offset for offset, _ in events]
    assert offsets == sorted(offsets)
    told = [offset for offset, message in events if message is None]
    assert max(np.diff(told)) <= 1e9 / 40 + 1
    for place, (offset, message) in enumerate(events):
        if message is not None:
            assert events[place - 1] == (offset, None)


def test_without_a_clock_rate_it_is_told_with_messages_only(bag: Path) -> None:
    playback = load_playback(PlaybackConfig(bag))
    events = list(playback.events(clock_hz=0.0))
    assert len(events) == 2 * len(playback.messages)


def test_nothing_to_play_is_refused(bag: Path) -> None:
    with pytest.raises(UserError, match=r"lasts 1\.0 s, and start_offset is 2\.0 s"):
        load_playback(PlaybackConfig(bag, start_offset=2.0))
    with pytest.raises(UserError, match="all of its topics are left out"):
        load_playback(PlaybackConfig(bag, without=("/tf", "tf_static")))


@pytest.mark.parametrize(
    "wrong",
    [{"rate": 0.0}, {"rate": float("nan")}, {"clock": -1.0}, {"duration": float("inf")},
     {"start_offset": -0.1}, {"wait_for_subscribers_s": -1.0}],
)  # fmt: skip
def test_senseless_settings_are_refused(wrong: dict) -> None:
    with pytest.raises(UserError, match=f"{next(iter(wrong))} is"):
        PlaybackConfig(Path("bag"), **wrong)
