"""Rooms in a corpus: cells stay where they are, and each ego looks into its own room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN, OccupancyGrid, ego_occupancy
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.data.scenes import Goal, Scene, SceneStack, coarsened
from remogen_ros.errors import UserError
from remogen_ros.motion.canonical import canonical_frame
from test.data.bodies import turn
from test.data.recordings import MadeRecording


def room(name: str, *occupied: tuple[int, int, int], outside: int = UNSEEN) -> Scene:
    """4 x 6 x 3 cells from (-0.2, -0.3, 0) on."""
    cells = torch.full((4, 6, 3), FREE, dtype=torch.uint8)
    for cell in occupied:
        cells[cell] = OCCUPIED
    return Scene(name, "made", "none", OccupancyGrid(cells, torch.tensor([-0.2, -0.3, 0]), outside))


def test_scenes_and_goals_come_back(tmp_path: Path) -> None:
    goal = Goal(joint="left_wrist", position=(0.1, 0.2, 0.9))
    recordings = [MadeRecording("a", scene="kitchen", goals=(goal,)), MadeRecording("b")]
    rooms = [room("kitchen", (1, 2, 0), outside=OCCUPIED), room("never used", (0, 0, 0))]
    prepare_corpus(recordings, tmp_path / "c", 1, 1, scenes=rooms)
    corpus = open_corpus(tmp_path / "c")
    first, second = corpus.clips
    assert first.goals == (goal,) and second.goals == ()
    assert list(corpus.scenes) == ["kitchen"]
    kitchen = corpus.scene_of(first)
    assert kitchen is not None and corpus.scene_of(second) is None
    assert torch.equal(kitchen.grid.cells, rooms[0].grid.cells)
    assert torch.equal(kitchen.grid.corner, rooms[0].grid.corner)
    assert (kitchen.grid.outside, kitchen.licence) == (OCCUPIED, "none")


def test_a_recording_in_a_room_that_is_missing_is_rejected(tmp_path: Path) -> None:
    recordings = [MadeRecording("a", scene="attic"), MadeRecording("b")]
    summary = prepare_corpus(recordings, tmp_path / "c", 1, 1)
    assert summary.rejected == (("a", "a plays in 'attic', which is missing."),)


@pytest.mark.parametrize("damage", ["remove", "truncate"])
def test_damaged_scenes(tmp_path: Path, damage: str) -> None:
    prepare_corpus([MadeRecording("a", scene="k")], tmp_path / "c", 1, 1, scenes=[room("k")])
    path = tmp_path / "c" / "scenes.safetensors"
    if damage == "remove":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(UserError, match=r"scenes\.safetensors is missing or damaged"):
        open_corpus(tmp_path / "c")


def test_each_ego_looks_into_its_own_room() -> None:
    rooms = [room("a", (3, 5, 2), (0, 1, 0)), room("b", (2, 2, 1), outside=OCCUPIED)]
    stack = SceneStack([scene.grid for scene in rooms])
    places = torch.tensor([1, 0, 1])
    orientation = torch.tensor(np.stack([turn("z", a) for a in (0, 70, 200)])).float()
    frames = canonical_frame(torch.tensor([[0.0, 0, 1], [0.1, 0.2, 1], [-1, 0, 1]]), orientation)
    seen = stack.ego_occupancy(places, frames)
    for row, place in enumerate(places.tolist()):
        alone = canonical_frame(
            torch.tensor([[0.0, 0, 1], [0.1, 0.2, 1], [-1, 0, 1]])[row], orientation[row]
        )
        assert torch.equal(seen[row], ego_occupancy(rooms[place].grid, alone))
    assert (seen[0] == FREE).any() and (seen[0] == OCCUPIED).any()
    assert not (seen[0] == UNSEEN).any() and (seen[1] == UNSEEN).any()


def test_coarser_cells_by_hand() -> None:
    fine = np.zeros((10, 5, 5), bool)
    fine[7, 0, 4] = True  # x 0.14 .. 0.16 m
    coarse, corner = coarsened(fine, 0.02, (0.0, -0.1, 0.0))
    assert coarse.shape == (2, 1, 1) and corner == pytest.approx([0.0, -0.1, 0.0])
    assert coarse[:, 0, 0].tolist() == [False, True]


@given(
    cell=st.sampled_from([0.02, 0.03, 0.1, 0.25]),
    corner=st.tuples(*[st.floats(-1, 1)] * 3),
    place=st.tuples(*[st.integers(0, 4)] * 3),
    inner=st.tuples(*[st.floats(0.01, 0.99)] * 3),
)
def test_no_occupied_point_is_lost_to_coarser_cells(
    cell: float,
    corner: tuple[float, float, float],
    place: tuple[int, int, int],
    inner: tuple[float, float, float],
) -> None:
    fine = np.zeros((5, 5, 5), bool)
    fine[place] = True
    coarse, low = coarsened(fine, cell, corner)
    point = (np.array(place) + inner) * cell + corner
    index = np.floor((point - low) / 0.1).astype(int)
    assert coarse[tuple(index)]
    reach = np.ceil(cell / 0.1) + 1
    assert coarse.sum() <= reach**3
