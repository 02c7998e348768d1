"""Windows in rooms: each person sees the room it is in, mirrored when it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from remogen_ros.cues.occupancy import OCCUPIED, ego_occupancy
from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.data.room_windows import RoomWindows
from remogen_ros.data.scenes import Goal
from remogen_ros.data.windows import People
from remogen_ros.errors import UserError
from remogen_ros.motion.canonical import canonical_frame
from test.data.bodies import entry, walking
from test.data.recordings import MadeRecording
from test.data.test_scenes import room

GOAL = Goal(joint="pelvis", position=(1.9, 0.3, 0.0))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    recordings = [
        MadeRecording("a", scene="left", goals=(GOAL,)),
        MadeRecording("b", scene="right"),
    ]
    # One block to the left of the way, one to the right.
    rooms = [room("left", (2, 5, 1)), room("right", (2, 0, 1))]
    prepare_corpus(recordings, tmp_path / "c", 1, 1, scenes=rooms)
    return open_corpus(tmp_path / "c")


def around(windows: People, occupancy: torch.Tensor) -> list[bool]:
    """Whether each ego has something to its left."""
    return [bool((cells[:, 16:] == OCCUPIED).any()) for cells in occupancy]


@pytest.mark.parametrize("mirrored", [0.0, 1.0])
def test_everybody_sees_the_own_room(corpus: Corpus, mirrored: float) -> None:
    windows = RoomWindows(corpus, "train", mirrored_share=mirrored)
    drawn = windows.draw(40, 3, torch.Generator().manual_seed(0))
    # Who sets off at x = 0 sees the blocks, which lie at x = 0 too.
    near = drawn.motion.root_positions[:, 0, 0] < 1.0
    assert near.any() and set(drawn.surroundings.rooms[near].tolist()) == {0, 1}
    frame = canonical_frame(drawn.motion.root_positions[:, 0], drawn.motion.rotations[:, 0, 0])
    seen = around(drawn, drawn.surroundings.ego_occupancy(frame))
    for row in near.nonzero()[:, 0].tolist():
        left = int(drawn.surroundings.rooms[row]) == 0
        assert seen[row] == (left if mirrored == 0 else not left)


def test_cells_are_those_of_one_ego_alone(corpus: Corpus) -> None:
    windows = RoomWindows(corpus, "train", mirrored_share=0.0)
    drawn = windows.draw(20, 3, torch.Generator().manual_seed(1))
    frame = canonical_frame(drawn.motion.root_positions[:, 1], drawn.motion.rotations[:, 1, 0])
    cells = drawn.surroundings.ego_occupancy(frame)
    grids = [scene.grid for scene in corpus.scenes.values()]
    for row in range(20):
        own = canonical_frame(
            drawn.motion.root_positions[row, 1], drawn.motion.rotations[row, 1, 0]
        )
        grid = grids[int(drawn.surroundings.rooms[row])]
        assert torch.equal(cells[row], ego_occupancy(grid, own))


def test_goals_are_mirrored_with_the_room(corpus: Corpus) -> None:
    drawn = RoomWindows(corpus, "train", mirrored_share=1.0).draw(
        30, 3, torch.Generator().manual_seed(0)
    )
    known = drawn.goal_known
    assert known.equal(drawn.surroundings.rooms == 0) and known.any() and not known.all()
    assert torch.allclose(drawn.goal[known], torch.tensor([1.9, -0.3, 0.0]))


def test_clips_without_a_room_are_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c", "single", [entry("outdoors", walking(20))])
    with pytest.raises(UserError, match="'outdoors' plays in no room"):
        RoomWindows(open_corpus(tmp_path / "c"), "train")
