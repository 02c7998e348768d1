"""A corpus comes back as it was written, and says what is wrong with one that does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.errors import UserError
from remogen_ros.motion.rotations import geodesic_angle
from test.data.bodies import entry, standing, walking, waving


def written(path: Path) -> Path:
    entries = [
        entry("a", waving(20), "wave-left-hand", texts=("wave the left hand", "wave")),
        entry("b", walking(15), split="test", texts=("walk",)),
    ]
    write_corpus(path, "single", entries)
    return path


def test_round_trip(tmp_path: Path) -> None:
    corpus = open_corpus(written(tmp_path / "c"))
    first, second = corpus.clips
    assert (first.start, first.count, second.start, second.count) == (0, 20, 20, 15)
    original, back = waving(20), corpus.motion_of(first)
    assert torch.equal(back.root_positions, original.root_positions)
    assert float(geodesic_angle(back.rotations, original.rotations).max()) < 1e-4
    assert float((back.joints() - original.joints()).abs().max()) < 1e-4
    assert torch.equal(corpus.motion_of(second).root_positions, walking(15).root_positions)


def test_texts_and_their_mirrored_forms_are_listed_once(tmp_path: Path) -> None:
    corpus = open_corpus(written(tmp_path / "c"))
    assert corpus.texts == ("wave the left hand", "wave the right hand", "wave", "walk")
    assert [corpus.texts[i] for i in corpus.clips[0].texts] == ["wave the left hand", "wave"]


def test_select(tmp_path: Path) -> None:
    corpus = open_corpus(written(tmp_path / "c"))
    assert [c.name for c in corpus.select("test")] == ["b"]
    assert [c.name for c in corpus.select(content="wave-left-hand")] == ["a"]
    assert corpus.select("test", "wave-left-hand") == []


def test_styles(tmp_path: Path) -> None:
    named = {"a": "old", "b": "", "c": "happy", "d": "old"}
    write_corpus(
        tmp_path / "c", "single", [entry(n, standing(20), style=s) for n, s in named.items()]
    )
    corpus = open_corpus(tmp_path / "c")
    assert [clip.name for clip in corpus.of_styles(("old",)).clips] == ["a", "d"]
    assert [clip.name for clip in corpus.of_styles(("old",), others=True).clips] == ["b", "c"]
    assert corpus.of_styles((), others=True).clips == corpus.clips
    with pytest.raises(UserError, match="No clip is in the style 'sad': choose from happy, old"):
        corpus.of_styles(("old", "sad"))


def test_pairs(tmp_path: Path) -> None:
    write_corpus(tmp_path / "d", "duet", [entry("p", standing(12), partner=walking(12))])
    corpus = open_corpus(tmp_path / "d")
    assert torch.equal(
        corpus.partner_of(corpus.clips[0]).root_positions, walking(12).root_positions
    )
    with pytest.raises(ValueError, match="no partners"):
        single = open_corpus(written(tmp_path / "c"))
        single.partner_of(single.clips[0])


def test_writing_again_replaces(tmp_path: Path) -> None:
    path = written(tmp_path / "c")
    write_corpus(path, "single", [entry("new", standing(11))])
    assert [clip.name for clip in open_corpus(path).clips] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


def test_something_else_is_not_overwritten(tmp_path: Path) -> None:
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "chapter.txt").write_text("x")
    with pytest.raises(UserError, match="is not a corpus"):
        write_corpus(precious, "single", [entry("a", standing(11))])
    assert (precious / "chapter.txt").exists()


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no corpus in"):
        open_corpus(tmp_path / "nothing")
    (written(tmp_path / "c") / "motion.safetensors").unlink()
    with pytest.raises(UserError, match="There is no corpus in"):
        open_corpus(tmp_path / "c")


def test_wrong_version(tmp_path: Path) -> None:
    path = written(tmp_path / "c") / "index.json"
    index = json.loads(path.read_text())
    path.write_text(json.dumps(index | {"version": 99}))
    with pytest.raises(UserError, match="version 99, not 1"):
        open_corpus(path.parent)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}'])
def test_damaged_index(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "c")
    (path / "index.json").write_text(text)
    with pytest.raises(UserError, match="prepare it again") as caught:
        open_corpus(path)
    assert "\n" not in str(caught.value)


def test_truncated_motion(tmp_path: Path) -> None:
    path = written(tmp_path / "c") / "motion.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match="damaged or truncated"):
        open_corpus(path.parent)


def test_index_and_motion_of_different_corpora(tmp_path: Path) -> None:
    path = written(tmp_path / "c") / "motion.safetensors"
    tensors = load_file(path)
    save_file({name: tensor[:-1].clone() for name, tensor in tensors.items()}, path)
    with pytest.raises(UserError, match="does not hold the 35 frames"):
        open_corpus(path.parent)


def test_frames_that_are_not_there(tmp_path: Path) -> None:
    path = written(tmp_path / "c") / "index.json"
    path.write_text(path.read_text().replace('"start": 20', '"start": 21'))
    with pytest.raises(UserError, match="frames that are not there"):
        open_corpus(path.parent)
