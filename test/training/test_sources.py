"""What the scene adapter is given in furnished rooms."""

from __future__ import annotations

from pathlib import Path

import torch

from remogen_ros.cues.occupancy import OCCUPIED
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.data.room_windows import RoomWindows
from remogen_ros.data.scenes import Goal
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import frame_of_last
from remogen_ros.training.sources import FurnishedSource
from test.data.recordings import MadeRecording
from test.data.test_scenes import room


def test_rooms_and_goals_are_cues(tmp_path: Path) -> None:
    """Gliding along x at 1 m/s, with the goal where the clip ends and a block at the left."""
    goal = Goal(joint="pelvis", position=(3.9, 0.0, 0.0))
    recording = MadeRecording("a", frames=40, scene="left", goals=(goal,))
    prepare_corpus([recording], tmp_path / "c", 1, 1, scenes=[room("left", (2, 5, 1))])
    corpus = open_corpus(tmp_path / "c")
    source = FurnishedSource(
        RoomWindows(corpus, "train", mirrored_share=0.0),
        torch.ones(len(corpus.texts), 4),
        torch.zeros(4),
    )
    window = source.draw(200, 11, Randomness.of(0))
    frame = frame_of_last(window.motion.frames(0, 3))
    cues = window.cues(2, frame)
    ahead = 3.9 - window.motion.root_positions[:, 2, 0]
    assert torch.allclose(cues.goal[:, 0], ahead, atol=1e-4) and cues.scene_known.all()
    assert 0.7 < float(cues.goal_known.float().mean()) < 0.9
    near = window.motion.root_positions[:, 2, 0] < 1.0
    left = (cues.occupancy[:, :, 16:] == OCCUPIED).flatten(1).any(1)
    assert left[near].all() and not (cues.occupancy[:, :, :16] == OCCUPIED).any()
