"""Windows: shapes, alignment of partner and ego, mirroring, splits, and the same seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.corpus_writing import Entry, write_corpus
from remogen_ros.data.windows import DuetWindows, SingleWindows
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import concatenate
from test.data.bodies import entry, standing, strolling, walking, waving

GROUND = torch.tensor([1.0, 1.0, 0.0])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def single(tmp_path: Path) -> Corpus:
    entries = [
        entry("long", walking(40), texts=("walk", "walk to the left")),
        entry("short", waving(12), "wave-left-hand", texts=("wave the left hand",)),
        entry("other", standing(40), split="test", texts=("stand",)),
    ]
    write_corpus(tmp_path / "c", "single", entries)
    return open_corpus(tmp_path / "c")


@pytest.fixture
def duet(tmp_path: Path) -> Corpus:
    """The partner walks along x, 5 m to the left of an ego that walks along x too."""
    partner = walking(50).moved(torch.eye(3), torch.tensor([0.0, 5.0, 0.0]))
    write_corpus(tmp_path / "d", "duet", [entry("p", walking(50), partner=partner)])
    return open_corpus(tmp_path / "d")


def test_shapes(single: Corpus) -> None:
    drawn = SingleWindows(single, "train").draw(7, 11, seeded())
    motion, texts = drawn.motion, drawn.texts
    assert motion.root_positions.shape == (7, 11, 3)
    assert motion.rotations.shape == (7, 11, 22, 3, 3)
    assert motion.rotations.dtype == torch.float32
    assert texts.shape == (7,)


def test_windows_are_consecutive_frames_of_one_clip(single: Corpus) -> None:
    motion = SingleWindows(single, "train", mirrored_share=0.0).draw(200, 13, seeded()).motion
    steps = motion.root_positions.diff(dim=1)[..., 0]
    torch.testing.assert_close(steps, torch.full_like(steps, 0.1), atol=1e-5, rtol=0)
    starts = motion.root_positions[:, 0, 0]
    assert starts.min() == 0.0
    assert float(starts.max()) == pytest.approx(2.7)


def test_how_many_starts(single: Corpus) -> None:
    windows = SingleWindows(single, "train")
    assert windows.starts(11) == 30 + 2
    assert windows.starts(13) == 28


def test_only_the_splits_own_clips(single: Corpus) -> None:
    drawn = SingleWindows(single, "test").draw(50, 11, seeded())
    assert float(drawn.motion.root_positions[..., 0].abs().max()) == 0.0
    assert {single.texts[i] for i in drawn.texts} == {"stand"}
    assert drawn.acts.all()


def test_mirrored_windows_have_mirrored_texts(single: Corpus) -> None:
    windows = SingleWindows(single, "train", mirrored_share=0.5, balance=1.0)
    drawn = windows.draw(300, 11, seeded())
    left_goes_up = drawn.motion.joints()[:, :, 20, 2].amax(1) > 1.5
    right_goes_up = drawn.motion.joints()[:, :, 21, 2].amax(1) > 1.5
    words = [single.texts[i] for i in drawn.texts]
    assert [w == "wave the left hand" for w in words] == left_goes_up.tolist()
    assert [w == "wave the right hand" for w in words] == right_goes_up.tolist()
    assert left_goes_up.any() and right_goes_up.any()


def test_balance(single: Corpus) -> None:
    """30 starts of walking and 2 of waving, drawn alike when labels are balanced."""
    for balance, share in ((0.0, 2 / 32), (1.0, 0.5)):
        windows = SingleWindows(single, "train", mirrored_share=0.0, balance=balance)
        texts = windows.draw(4000, 11, seeded()).texts
        waves = sum(single.texts[i].startswith("wave") for i in texts) / 4000
        assert waves == pytest.approx(share, abs=0.03)


def test_the_same_seed_gives_the_same_windows(single: Corpus) -> None:
    windows = SingleWindows(single, "train")
    one, two, other = (windows.draw(20, 11, seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(one.motion.rotations, two.motion.rotations)
    assert torch.equal(one.texts, two.texts)
    assert not torch.equal(one.motion.rotations, other.motion.rotations)


def test_drawing_leaves_the_corpus_alone(single: Corpus) -> None:
    windows = SingleWindows(single, "train", mirrored_share=1.0)
    first = windows.draw(20, 11, seeded()).motion
    first.root_positions.fill_(9.0)
    again = windows.draw(20, 11, seeded()).motion
    assert float(again.root_positions.max()) < 9.0


def test_too_long_for_every_clip(single: Corpus) -> None:
    with pytest.raises(UserError, match="windows of 41 frames"):
        SingleWindows(single, "train").draw(1, 41, seeded())
    with pytest.raises(UserError, match="val split"):
        SingleWindows(single, "val").draw(1, 11, seeded())


def test_the_cue_ends_with_the_current_frame(duet: Corpus) -> None:
    drawn = DuetWindows(duet, "train", mirrored_share=0.0).draw(64, 19, seeded())
    motion, partner = drawn.motion, drawn.partner
    assert partner.shape == (64, 34, 22, 3)
    for tick in (0, 7, 18):
        cue = partner[:, tick : tick + 16]
        torch.testing.assert_close(cue[:, -1, 0, 0], motion.root_positions[:, tick, 0])
        torch.testing.assert_close(cue[:, 0, 0, 0], motion.root_positions[:, tick, 0] - 1.5)
    torch.testing.assert_close(partner[..., 0, 1], torch.full((64, 34), 5.0))


def test_ego_and_partner_are_mirrored_together(duet: Corpus) -> None:
    drawn = DuetWindows(duet, "train", mirrored_share=1.0).draw(8, 19, seeded())
    partner = drawn.partner
    torch.testing.assert_close(partner[..., 0, 1], torch.full((8, 34), -5.0))
    assert (partner[..., 1, 1] > partner[..., 2, 1]).all()  # the left hip is still on the left
    assert {duet.texts[i] for i in drawn.texts} == {"walk right"}


def test_a_pair_needs_a_whole_past(duet: Corpus) -> None:
    windows = DuetWindows(duet, "train")
    assert windows.starts(35) == 1
    with pytest.raises(UserError, match="windows of 36 frames"):
        windows.draw(1, 36, seeded())


def test_pairs_are_asked_of_a_duet_corpus(single: Corpus) -> None:
    with pytest.raises(UserError, match="need a duet corpus"):
        DuetWindows(single, "train")


def test_windows_can_be_drawn_around_the_moment_of_reaction(tmp_path: Path) -> None:
    """An ego that stands for 70 frames and then walks: few windows have that moment in them."""
    stands, walks = standing(70), walking(30)
    ego = concatenate([stands, walks.moved(torch.eye(3), stands.root_positions[-1] * GROUND)])
    write_corpus(tmp_path / "d", "duet", [entry("p", ego, partner=standing(100))])
    corpus = open_corpus(tmp_path / "d")
    shares = []
    for onset_share in (0.0, 0.5, 1.0):
        windows = DuetWindows(corpus, "train", onset_share=onset_share)
        drawn = windows.draw(400, 11, seeded())
        steps = drawn.motion.root_positions.diff(dim=1)[..., :2].norm(dim=-1)
        moves = steps > 0.06
        assert torch.equal(moves, drawn.acts[:, 1:]), "it acts while it walks, and at no other time"
        shares.append(float((moves.any(1) & ~moves[:, 0]).float().mean()))
    assert shares[0] < 0.2 and 0.45 < shares[1] < 0.7 and shares[2] > 0.95


def test_who_never_reacts_is_drawn_anywhere(tmp_path: Path) -> None:
    write_corpus(tmp_path / "d", "duet", [entry("p", standing(60), partner=walking(60))])
    windows = DuetWindows(open_corpus(tmp_path / "d"), "train", 0.0, onset_share=1.0)
    drawn = windows.draw(300, 11, seeded())
    partner = drawn.partner
    assert not drawn.acts.any()
    assert float(partner[:, 0, 0, 0].max() - partner[:, 0, 0, 0].min()) > 2.0


def test_a_damaged_clip_is_named_before_it_goes_to_another_device(single: Corpus) -> None:
    windows = SingleWindows(single, "train")
    assert windows.to("cpu").starts(11) == windows.starts(11)
    frame = windows._choices[11].first[-1]
    windows._poses.root_positions[frame, 2] = float("inf")
    with pytest.raises(UserError, match=f"the clip {windows.names[-1]!r} holds a number"):
        windows.to("cpu")


def test_a_digest_is_of_what_is_drawn(tmp_path: Path) -> None:
    def digest(name: str, *clips: Entry) -> str:
        write_corpus(tmp_path / name, "single", clips)
        return SingleWindows(open_corpus(tmp_path / name), "train").digest

    clip, moved = entry("a", strolling(30)), entry("a", strolling(30, speed=1.1))
    same = entry("a", strolling(30))
    licensed = replace(same, record=same.record.model_copy(update={"licence": "MIT"}))
    first = digest("first", clip)
    assert digest("licensed", licensed) == first
    assert digest("moved", moved) != first
    assert digest("said", entry("a", strolling(30), texts=("walk right",))) != first
    assert digest("more", clip, entry("b", strolling(30))) != first
