"""`./remogen evaluate strips` draws test clips, and says what it cannot draw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from remogen_ros.cli.evaluate import main
from remogen_ros.cli.evaluate_strips import of_many_kinds
from remogen_ros.data.corpus import Record
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.scenes import Goal
from remogen_ros.embodiment.colours import BYSTANDER, GOAL
from remogen_ros.errors import UserError
from remogen_ros.streaming.bundle import save_untrained
from test.cli.sentences import Sentences
from test.data.bodies import entry, hanging, strolling, waving
from test.data.test_scenes import room

FRAMES = 50


@pytest.fixture(autouse=True)
def made_up_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remogen_ros.cli.evaluate_strips.text_encoder", lambda name: Sentences())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that learned nothing and tiny corpora."""
    folder = tmp_path_factory.mktemp("made")
    save_untrained(folder / "model")
    beside = torch.tensor([0.0, 1.5, 0.0])
    partner = waving(FRAMES).moved(torch.eye(3), beside)
    write_corpus(
        folder / "duet",
        "duet",
        [
            entry(f"test/{name}", hanging(FRAMES), name, "test", (name,), partner)
            for name in ("wave", "stand")
        ],
    )
    goal = Goal(joint="pelvis", position=(2.0, 0.0, 0.0))
    alone = entry("test/walk", strolling(FRAMES), "walk", "test", ("walk there",))
    record = alone.record.model_copy(update={"scene": "hall", "goals": (goal,)})
    walk = replace(alone, record=record)
    write_corpus(folder / "rooms", "single", [walk], [room("hall", (0, 0, 0))])
    return folder


def draw(made: Path, out: Path, *rest: str) -> list[str]:
    main(["strips", "--model", str(made / "model"), "--out", str(out), "-j", "1", *rest])
    return sorted(path.name for path in out.iterdir())


def test_clips_that_are_named(made: Path, tmp_path: Path) -> None:
    duet = ("--duet", str(made / "duet"))
    assert draw(made, tmp_path, *duet, "--clips", "test/wave", "--told") == ["test_wave.png"]
    told = Image.open(tmp_path / "test_wave.png").tobytes()
    draw(made, tmp_path, *duet, "--clips", "test/wave", "--told")
    assert Image.open(tmp_path / "test_wave.png").tobytes() == told


def test_a_bystander_is_drawn_beside_a_pair(made: Path, tmp_path: Path) -> None:
    duet = ("--duet", str(made / "duet"), "--clips", "test/wave")
    grey = np.round(255 * np.array(BYSTANDER))
    seen = []
    for count in ("0", "1", "5"):
        draw(made, tmp_path, *duet, "--bystanders", count)
        pixels = np.asarray(Image.open(tmp_path / "test_wave.png")).astype(int)
        seen.append(int((np.abs(pixels - grey).max(-1) < 6).sum()))
    assert seen[1] > seen[0] + 50
    assert seen[2] == seen[1], "there is one other clip"


@pytest.mark.parametrize("mix", ["prior", "auto"])
def test_some_clips(made: Path, tmp_path: Path, mix: str) -> None:
    names = draw(made, tmp_path, "--duet", str(made / "duet"), "--count", "1", "--mix", mix)
    assert len(names) == 1


def test_a_walk_through_a_room(made: Path, tmp_path: Path) -> None:
    assert draw(made, tmp_path, "--rooms", str(made / "rooms")) == ["test_walk.png"]
    pixels = np.asarray(Image.open(tmp_path / "test_walk.png")).astype(int)
    assert (np.abs(pixels - np.round(255 * np.array(GOAL))).max(-1) < 12).sum() > 50


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Give at least one corpus"),
        (("--count", "0"), "--count and --threads must be at least 1"),
        (("--bystanders", "-1"), "--seed and --bystanders at least 0"),
        (("--rooms", "duet"), "There are no rooms in the corpus"),
        (("--duet", "rooms"), "There is nobody to react to in the corpus"),
        (("--duet", "nowhere"), "There is no corpus"),
        (("--duet", "duet", "--clips", "test/fly"), "No test clip 'test/fly' is long enough"),
    ],
)
def test_what_cannot_be_drawn(
    made: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    folders = {"duet", "rooms", "nowhere"}
    given = [str(made / word) if word in folders else word for word in arguments]
    with pytest.raises(UserError, match=sentence):
        draw(made, tmp_path / "out", *given)
    assert not (tmp_path / "out").exists()


def test_every_rule_once_before_any_comes_twice() -> None:
    def clip(number: int, rule: str) -> Record:
        return Record(
            name=f"{rule}/{number}", source="made", licence="none", content="", style="",
            split="test", phase=0, count=FRAMES, rule=rule,
        )  # fmt: skip

    rules = ("wave", "wave", "wave", "wave", "bow", "follow")
    records = tuple(clip(number, rule) for number, rule in enumerate(rules))
    drawn = of_many_kinds(records, 4, seed=1)
    assert {record.rule for record in drawn[:3]} == {"wave", "bow", "follow"}
    assert drawn[3].rule == "wave"
    assert of_many_kinds(records, 4, seed=1) == drawn
    assert len(of_many_kinds(records, 99, seed=1)) == len(records)
