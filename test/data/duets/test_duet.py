"""Duets: the table of rules is sound, and the ego reacts after the partner and never before."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from remogen_ros.data.composing.material import Material, fastest_joint
from remogen_ros.data.composing.tracks import Track, gesture, onset
from remogen_ros.data.corpus import Corpus, open_corpus
from remogen_ros.data.corpus_writing import write_corpus
from remogen_ros.data.duets.casting import LONGEST
from remogen_ros.data.duets.compose import LEAST_SEPARATION, Pair, clearance, compose
from remogen_ros.data.duets.corpus import prepare_duet
from remogen_ros.data.duets.social_rules import Reaction, Rule, SocialRules, load_social_rules
from remogen_ros.errors import UserError
from remogen_ros.motion.arms import palms
from remogen_ros.motion.canonical import heading_of_orientation
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import FOOT_JOINTS, JOINT_INDEX
from test.data.bodies import entry, hanging, strolling, turn, waving

RULES = load_social_rules().rules
FACING = {"distance": (2.0, 2.0), "facing": "ego"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people's worth of clips; the test split waves too, the val split is empty."""
    still = hanging(30)
    back = strolling(60)
    back = Motion(back.root_positions * torch.tensor([-1.0, 1.0, 1.0]), back.rotations)
    entries = [
        entry("wave left", waving(30, "left"), "wave-left-hand"),
        entry("wave right", waving(30, "right"), "wave-right-hand"),
        entry("beckon", waving(30, "right"), "call"),
        entry("stand", still, "guide"),
        entry("stroll", strolling(80), "walk"),
        entry("retreat", back, "walk-back"),
        entry("test wave", waving(30, "left"), "wave-left-hand", split="test"),
        entry("test stand", still, "guide", split="test"),
    ]
    path = tmp_path_factory.mktemp("single") / "c"
    write_corpus(path, "single", entries)
    return path


@pytest.fixture(scope="module")
def material(source: Path) -> Material:
    return Material(open_corpus(source), "train")


def composed(rule: Rule, material: Material, seed: int = 0) -> Pair:
    random = np.random.default_rng(seed)
    pairs = (compose(rule, material, random) for _ in range(20))
    return next(pair for pair in pairs if pair is not None)


def moving(motion: Motion) -> np.ndarray:
    """Frames in which someone does more than sway."""
    return np.flatnonzero(fastest_joint(motion) > 0.5)


def test_the_table_covers_what_it_must() -> None:
    contents = {label for rule in RULES.values() for label in rule.partner.labels}
    for label in ("wave-left-hand", "bow", "call", "punch", "kick", "walk", "bye", "guide", "run"):
        assert label in contents
    assert {f"raise-up-{side}-hand" for side in ("left", "right")} <= contents
    assert len(RULES) >= 24
    assert sum(rule.partner.motion == "stand" for rule in RULES.values()) >= 1


@pytest.mark.parametrize("name", RULES)
def test_rules_have_prompts_for_every_side(name: str) -> None:
    texts = [text.format(side="left") for text in RULES[name].prompts]
    assert len(set(texts)) >= 8
    assert len(RULES[name].actor_texts) >= 3
    assert not any("{" in text for text in texts)


@pytest.mark.parametrize(
    "change",
    [
        {"partner": {"motion": "gesture", "contents": ["juggle"]}},
        {"partner": {"motion": "gesture"}},
        {"partner": {"motion": "walk", "contents": ["walk"]}},
        {"ego": {"motion": "walk", "contents": ["walk"]}},
        {"ego": {"motion": "gesture", "contents": {"bow": ["bow"]}}},
        {"place": {"distance": (2.0, 1.0), "facing": "ego"}},
        {"texts": ["wave"]},
        {"texts": ["a", "b", "c"]},
        {"contact": {"hands": [], "height": (1, 1), "hold": (1, 1), "reach": (1, 1)}},
        {"stops": True},
        {"notice": (1.0, 2.0)},
        {"pairs": 0},
    ],
)
def test_rules_that_make_no_sense_are_refused(change: dict) -> None:
    good = {
        "partner": {"motion": "gesture", "contents": ["wave-left-hand"]},
        "ego": {"motion": "gesture", "contents": ["wave-left-hand"]},
        "place": FACING, "pairs": 1,
        "texts": ["a", "b", "c", "d", "e"], "actor_texts": ["f", "g", "h"],
    }  # fmt: skip
    Rule.model_validate(good)
    with pytest.raises(ValidationError):
        Rule.model_validate(good | change)


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError):
        SocialRules.model_validate(load_social_rules().model_dump() | {"rulez": {}})


def test_reaction_times_are_human() -> None:
    random = np.random.default_rng(0)
    reaction = Reaction(evident_after=0.3, median=0.4, spread=0.3)
    delays = np.array([reaction.delay(random) for _ in range(20_000)])
    low, middle, high = np.percentile(delays, [2.5, 50, 97.5])
    assert (low, middle, high) == pytest.approx((0.222, 0.4, 0.72), rel=0.03)


@pytest.mark.parametrize("seed", range(4))
def test_waving_back(material: Material, seed: int) -> None:
    pair = composed(RULES["wave-back"], material, seed)
    assert len(pair.ego) == len(pair.partner) <= LONGEST
    first, answer = moving(pair.partner)[0], moving(pair.ego)[0]
    assert first >= 16, "the first cue has a whole past"
    assert 3 <= answer - first <= 25, "a reaction time, and never before the partner"
    assert pair.ego_clip is not None and "wave" in pair.ego_clip.content
    side = "left" if "left" in pair.ego_clip.content else "right"
    assert pair.partner_clip is not None and side in pair.partner_clip.content, "the same hand"
    assert any(side in text for text in pair.texts)
    assert pair.ego.root_positions[0].tolist()[:2] == pytest.approx([0.0, 0.0], abs=1e-6)


def test_the_stance_before_a_wave_does_not_tell_of_it(tmp_path: Path) -> None:
    """Who will wave stands before it as anybody may, here as someone with the feet apart."""
    apart = hanging(30)
    rotations = apart.rotations.clone()
    for side, degrees in (("left", 8), ("right", -8)):
        rotations[:, JOINT_INDEX[f"{side}_hip"]] = torch.tensor(turn("x", degrees)).float()
    entries = [
        entry("wave", waving(30, "left"), "wave-left-hand"),
        entry("apart", Motion(apart.root_positions, rotations), "guide"),
    ]
    write_corpus(tmp_path / "c", "single", entries)
    material = Material(open_corpus(tmp_path / "c"), "train")
    (clip,) = material.clips(("wave-left-hand",))
    for seed in range(12):
        track = gesture(material, clip, 20, np.random.default_rng(seed), fight=False)
        feet = track.motion.joints()[:, list(FOOT_JOINTS)]
        assert float((feet - feet[:1]).norm(dim=-1).max()) < 0.005, "nobody steps"
        assert float((feet[0, 0] - feet[0, 2]).norm()) > 0.35, "the clip's own feet are at 0.17 m"
        hands = track.motion.joints()[:, JOINT_INDEX["left_wrist"], 2]
        assert hands[:20].max() < 1.0 < 1.4 < hands[20:].max()


def test_they_face_each_other(material: Material) -> None:
    rule = RULES["wave-back"].model_copy(
        update={"place": RULES["wave-back"].place.model_copy(update={"distance": (2.0, 2.0)})}
    )
    pair = composed(rule, material)
    between = pair.partner.root_positions[0, :2] - pair.ego.root_positions[0, :2]
    assert float(between.norm()) == pytest.approx(2.0, abs=0.05)
    to_ego = -between / between.norm()
    heading = heading_of_orientation(pair.partner.rotations[0, 0])
    assert float(heading @ to_ego) > math.cos(0.5)
    assert float(heading_of_orientation(pair.ego.rotations[0, 0])[0]) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(3))
def test_coming_when_called(material: Material, seed: int) -> None:
    pair = composed(RULES["come-when-called"], material, seed)
    apart = (pair.partner.root_positions - pair.ego.root_positions)[:, :2].norm(dim=-1)
    assert float(apart[0]) > 1.8
    assert 0.7 < float(apart[-1]) < 1.3
    assert moving(pair.ego)[0] > moving(pair.partner)[0]


@pytest.mark.parametrize("seed", range(3))
def test_backing_off(material: Material, seed: int) -> None:
    pair = composed(RULES["keep-distance"], material, seed)
    assert float(pair.ego.root_positions[-1, 0]) < -0.3
    apart = (pair.partner.root_positions - pair.ego.root_positions)[:, :2].norm(dim=-1)
    assert float(apart.min()) > 0.45
    assert float(apart[0]) > float(apart[-1])


CONTACTS = [name for name, rule in RULES.items() if rule.contact is not None]


@pytest.fixture(scope="module")
def hands_up(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """People who raise hands."""
    entries = [
        entry("right up", waving(26, "right"), "raise-up-right-hand"),
        entry("both up", raising(26), "raise-up-both-hands"),
        entry("stand", hanging(30), "guide"),
    ]
    path = tmp_path_factory.mktemp("hands") / "c"
    write_corpus(path, "single", entries)
    return Material(open_corpus(path), "train")


def raising(frames: int) -> Motion:
    """Both arms go up and come down."""
    left, right = waving(frames, "left"), waving(frames, "right")
    rotations = left.rotations.clone()
    shoulder = JOINT_INDEX["right_shoulder"]
    rotations[:, shoulder] = right.rotations[:, shoulder]
    return Motion(left.root_positions, rotations)


@pytest.mark.parametrize("name", CONTACTS)
@pytest.mark.parametrize("seed", range(3))
def test_hands_meet_and_bodies_do_not(hands_up: Material, name: str, seed: int) -> None:
    rule = RULES[name]
    pair = composed(rule, hands_up, seed)
    assert rule.contact is not None
    for mine, theirs in rule.contact.hands:
        reach = (palms(pair.partner, mine) - palms(pair.ego, theirs)).norm(dim=-1)
        off = (reach - rule.contact.apart).abs()
        assert float(off.sort().values[2]) < 0.01, "three frames at least"
        assert float(off[0]) > 0.2 and float(off[-1]) > 0.2, "not before, and not for ever"
    assert float(clearance(rule, pair.partner, pair.ego).min()) >= LEAST_SEPARATION
    assert moving(pair.partner)[0] < moving(pair.ego)[0], "the partner reaches first"


def test_hands_that_do_not_reach_make_no_pair(hands_up: Material) -> None:
    far = RULES["handshake"].place.model_copy(update={"distance": (1.6, 1.6)})
    rule = RULES["handshake"].model_copy(update={"place": far})
    assert all(compose(rule, hands_up, np.random.default_rng(s)) is None for s in range(5))


def test_bodies_in_each_other_make_no_pair(material: Material) -> None:
    near = RULES["wave-back"].place.model_copy(update={"distance": (0.15, 0.15)})
    rule = RULES["wave-back"].model_copy(update={"place": near})
    assert all(compose(rule, material, np.random.default_rng(s)) is None for s in range(5))


@pytest.mark.parametrize("seed", range(4))
def test_who_is_spoken_to_from_the_side_turns_there(material: Material, seed: int) -> None:
    pair = composed(RULES["turn-to-the-speaker"], material, seed)
    to_partner = pair.partner.root_positions[-1, :2] - pair.ego.root_positions[-1, :2]
    before, after = (heading_of_orientation(pair.ego.rotations[f, 0]) for f in (0, -1))
    assert float(after @ to_partner / to_partner.norm()) > math.cos(0.3)
    assert float(before @ to_partner / to_partner.norm()) < math.cos(0.5)
    side = "left" if float(to_partner[1]) > 0 else "right"
    assert any(side in text for text in pair.texts)


def test_a_slow_action_is_seen_once_it_has_gone_far() -> None:
    motion = hanging(40)
    roots = motion.root_positions.clone()
    roots[:, 0] = torch.arange(40).sub(10).clamp_min(0) * 0.03  # 0.3 m/s from frame 10 on
    seen = onset(Track(Motion(roots, motion.rotations), 10))
    assert 13 <= seen <= 15, "0.12 m, the sway of the head included"


def test_both_stop_one_after_the_other(material: Material) -> None:
    pair = composed(RULES["stop-when-the-other-stops"], material)
    speeds = [m.root_positions.diff(dim=0).norm(dim=-1) * 10 for m in (pair.partner, pair.ego)]
    stops = [int((speed > 0.2).nonzero()[-1]) for speed in speeds]
    assert 2 <= stops[1] - stops[0] <= 20


def test_a_split_without_the_clips_gives_no_pair(source: Path) -> None:
    material = Material(open_corpus(source), "test")
    random = np.random.default_rng(0)
    assert compose(RULES["bow-back"], material, random) is None
    assert composed(RULES["wave-back"], material).partner_clip.name == "test wave"
    assert not Material(open_corpus(source), "val").complete


def test_the_corpus_of_pairs(source: Path, tmp_path: Path) -> None:
    out = [tmp_path / name for name in ("one", "two")]
    total = {"train": 40, "val": 10, "test": 20}
    for path in out:
        summary = prepare_duet(source, path, seed=5, workers=1, total=total)
    corpora: list[Corpus] = [open_corpus(path) for path in out]
    assert corpora[0].index == corpora[1].index
    assert torch.equal(corpora[0].ego.rotations, corpora[1].ego.rotations)
    assert corpora[0].partner is not None
    names = {clip.name: clip.split for clip in open_corpus(source).clips}
    assert sum(summary.pairs.values()) == len(corpora[0].clips) > 0
    for clip in corpora[0].clips:
        assert {names[n] for n in (clip.ego, clip.partner) if n} <= {clip.split}
        assert len(clip.texts) >= 6
    assert {clip.split for clip in corpora[0].clips} == {"train", "test"}
    with pytest.raises(UserError, match="itself a corpus of duets"):
        prepare_duet(out[0], tmp_path / "three", seed=0, workers=1, total=total)
