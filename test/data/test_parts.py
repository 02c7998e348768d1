"""An interrupted preparation loses nothing, and nothing half-written is read as whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.parts import Part, done_in_parts, forget_parts
from remogen_ros.data.prepare import part_count, prepare_corpus
from remogen_ros.errors import UserError
from test.data.bodies import entry, standing, walking
from test.data.recordings import MadeRecording

ORDERS: list[int] = []


def made(task: int) -> Part:
    """One clip of so many frames; an odd one as a pair, and three is refused."""
    ORDERS.append(task)
    if task == 3:
        return Part((), (("three", "it is three"),))
    partner = walking(task + 11) if task % 2 else None
    return Part((entry(f"clip {task}", standing(task + 11), partner=partner),))


def interrupted(task: int) -> Part:
    if task == 2:
        raise KeyboardInterrupt
    return made(task)


@pytest.fixture(autouse=True)
def no_orders() -> None:
    ORDERS.clear()


def test_parts_come_back_as_they_were_made(tmp_path: Path) -> None:
    advanced: list[int] = []
    parts = done_in_parts(made, [0, 1, 3], "plan", tmp_path / "c", 1, lambda: advanced.append(1))
    assert len(advanced) == 3
    assert [len(part.entries) for part in parts] == [1, 1, 0]
    assert parts[2].rejected == (("three", "it is three"),)
    (pair,) = parts[1].entries
    assert pair.record == made(1).entries[0].record and pair.texts == ("walk left",)
    assert pair.partner is not None
    assert pair.partner.root_positions[:, 0] == pytest.approx(
        walking(12).root_positions[:, 0].numpy()
    )
    assert parts[0].entries[0].partner is None


def test_what_was_done_before_an_interruption_is_not_done_again(tmp_path: Path) -> None:
    out = tmp_path / "c"
    with pytest.raises(KeyboardInterrupt):
        done_in_parts(interrupted, [0, 1, 2, 3], "plan", out, 1, lambda: None)
    assert ORDERS == [0, 1]
    done_in_parts(made, [0, 1, 2, 3], "plan", out, 1, lambda: None)
    assert ORDERS == [0, 1, 2, 3]


def test_another_plan_begins_again(tmp_path: Path) -> None:
    out = tmp_path / "c"
    done_in_parts(made, [0], "plan", out, 1, lambda: None)
    done_in_parts(made, [0], "another plan", out, 1, lambda: None)
    assert ORDERS == [0, 0]
    forget_parts(out)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_part_is_not_read(tmp_path: Path) -> None:
    out = tmp_path / "c"
    done_in_parts(made, [0], "plan", out, 1, lambda: None)
    (part,) = (tmp_path / ".c.parts").glob("*.part")
    part.write_bytes(part.read_bytes()[:-30])
    with pytest.raises(UserError, match="is damaged; remove the folder"):
        done_in_parts(made, [0], "plan", out, 1, lambda: None)


def test_an_interrupted_preparation_gives_the_same_corpus(tmp_path: Path) -> None:
    recordings = [MadeRecording(f"r{i}", frames=12 + i) for i in range(5)]
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    prepare_corpus(recordings, whole, 1, 1)
    with pytest.raises(KeyboardInterrupt):
        prepare_corpus(recordings, resumed, 1, 1, _after(2))
    assert not resumed.exists()
    prepare_corpus(recordings, resumed, 1, 1)
    one, two = open_corpus(whole), open_corpus(resumed)
    assert one.index == two.index
    assert torch.equal(one.ego.rotations, two.ego.rotations)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["resumed", "whole"]


def _after(count: int) -> Callable[[], None]:
    """Ctrl-C when so many parts are done."""
    done = iter(range(count))

    def advance() -> None:
        if next(done, None) is None:
            raise KeyboardInterrupt

    return advance


LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from remogen_ros.data.prepare import prepare_corpus
from remogen_ros.errors import UserError
from test.data.recordings import MadeRecording
recordings = [MadeRecording(f"r{i}", frames=60) for i in range(4)]
try:
    prepare_corpus(recordings, Path(sys.argv[1]), 1, 1)
except UserError as error:
    print(error)
"""


def test_no_room_on_the_disk(tmp_path: Path) -> None:
    """The parts fit below the limit on a file's size, the corpus does not."""
    out = tmp_path / "c"
    told = subprocess.run(
        [sys.executable, "-c", LIMITED, str(out)], capture_output=True, text=True, check=True
    ).stdout
    assert "The corpus cannot be written to" in told and "File too large" in told
    assert told.count("\n") == 1 and not out.exists()
    assert [path.name for path in tmp_path.iterdir()] == [".c.parts"]
    prepare_corpus([MadeRecording(f"r{i}", frames=60) for i in range(4)], out, 1, 1)
    assert len(open_corpus(out).clips) == 4


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="Nothing can be written beside"):
        prepare_corpus([MadeRecording("r")], tmp_path / "file" / "c", 1, 1)


def test_something_else_is_refused_before_the_work(tmp_path: Path) -> None:
    precious = tmp_path / "thesis"
    precious.mkdir()
    with pytest.raises(UserError, match="is not a corpus"):
        prepare_corpus([MadeRecording("r")], precious, 1, 1)
    assert os.listdir(tmp_path) == ["thesis"]


def test_parts_are_small_enough_to_share_out() -> None:
    def count(recordings: int) -> int:
        return part_count([MadeRecording(str(i)) for i in range(recordings)])

    assert count(5) == 5
    assert count(2833) == 178
