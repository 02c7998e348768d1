"""Bystanders: where they are put, and that an adapter learns to tell them from its partner."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.motion.standing import standing_rotations
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS as MODELS
from remogen_ros.training.batches import Window
from remogen_ros.training.bystanders import CrowdedSource, crowded, placed_aside
from remogen_ros.training.config import TrainingConfig
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.intent import IntentLoss
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import frame_of_last
from test.motion.strategies import random_motion

WORDS, IDLE = torch.full((384,), 0.5), torch.full((384,), -0.5)
PELVIS = JOINT_INDEX["pelvis"]


def bodies(seed: int, frames: int = 30, rows: int = 16) -> Tensor:
    return random_motion(seed, frames, (rows,)).to(torch.float32).joints()


def floor(joints: Tensor) -> Tensor:
    return joints[:, :, PELVIS, :2]


def test_a_bystander_is_as_before_at_another_place_turned_another_way() -> None:
    others, partners, egos = bodies(1), bodies(2), bodies(3)[:, 15:]
    random = torch.Generator().manual_seed(0)
    placed, room = placed_aside(others, [partners], egos, random)
    assert room.any()
    torch.testing.assert_close(placed[..., 2], others[..., 2])
    shape = (others.flatten(1, 2), placed.flatten(1, 2))
    exact = "donot_use_mm_for_euclid_dist"
    before, after = (torch.cdist(points, points, compute_mode=exact) for points in shape)
    torch.testing.assert_close(before, after, atol=1e-4, rtol=1e-4)

    way = floor(others)[:, -1] - floor(others)[:, 0]
    turned = floor(placed)[:, -1] - floor(placed)[:, 0]
    cosine = torch.cosine_similarity(way, turned)
    assert cosine.min() < -0.3 and cosine.max() > 0.3, "turned all ways"


def test_a_bystander_keeps_clear_of_both_and_near_enough_to_be_seen() -> None:
    others, partners, egos = bodies(1), bodies(2), bodies(3)[:, 15:]
    placed, room = placed_aside(others, [partners], egos, torch.Generator().manual_seed(0))
    for people in (floor(placed) - floor(partners), floor(placed)[:, 15:] - floor(egos)):
        assert (people.norm(dim=-1).amin(-1)[room] >= 0.8 - 1e-5).all()
    middle = (floor(placed)[:, 22] - floor(egos)[:, 7]).norm(dim=-1)
    assert (middle > 0.99).all() and (middle < 4.01).all()


def test_bystanders_keep_clear_of_each_other() -> None:
    window = Near().draw(16, 30, Randomness.of(0))
    people = crowded(window, 3, Randomness.of(1), share=1.0)
    roots = people.bystanders[:, :, :, PELVIS, :2]
    there = people.bystanders_seen.flatten(2).any(-1)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        gap = (roots[:, one] - roots[:, other]).norm(dim=-1).amin(-1)
        both = there[:, one] & there[:, other]
        assert both.any() and (gap[both] >= 0.8 - 1e-5).all()


def test_who_has_no_room_has_no_bystander() -> None:
    others, egos = bodies(1), bodies(3)[:, 15:]
    everywhere = egos.new_zeros(16, 30, 22, 3)
    steps = torch.linspace(-6, 6, 15)
    corners = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1).flatten(0, 1)
    partners = everywhere.repeat(1, 8, 1, 1)[:, :225]
    partners[..., :2] = corners[:, None] + egos[:, :1, PELVIS, None, :2]
    egos = egos[:, :1].expand(-1, 210, -1, -1)
    others = others[:, :1].expand(-1, 225, -1, -1)
    _, room = placed_aside(others, [partners], egos, torch.Generator().manual_seed(0))
    assert not room.any()


@dataclass(frozen=True)
class Near:
    """A partner an arm's length away, whose hand is up beside every second ego: they are told."""

    digest: str = "made up"

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        rotations = standing_rotations().repeat(batch, frames, 1, 1, 1)
        motion = Motion(torch.tensor([0.0, 0.0, 0.9]).expand(batch, frames, 3), rotations)
        standing = motion.joints()[:, :1].expand(-1, frames + 15, -1, -1).clone()
        partner = standing * torch.tensor([-1.0, -1.0, 1.0]) + torch.tensor([0.7, 0.0, 0.0])
        partner[::2, :, JOINT_INDEX["left_wrist"], 2] += 1.0
        acts = torch.zeros(batch, frames, dtype=torch.bool)
        acts[::2] = True
        known = torch.ones(batch, dtype=torch.bool)
        return Window(motion, WORDS.expand(batch, -1), known, acts, IDLE, partner)


def test_a_crowd_is_the_partner_and_others_and_absent_where_none_is_drawn() -> None:
    random = Randomness.of(0)
    window = Near().draw(4, 14, random)
    people = crowded(window, 2, random, share=1.0).people(3)
    assert people.positions.shape == (4, 3, 16, 22, 3)
    assert torch.equal(people.positions[:, :1], window.people(3).positions)
    assert people.valid[:, 0].all() and people.valid[:, 1:].flatten(2).all(-1).any()
    nobody = crowded(window, 2, random, share=0.0).people(3)
    assert not nobody.valid[:, 1:].any()
    cues = crowded(window, 2, random, share=0.0).cues(3, frame_of_last(window.motion.frames(1, 4)))
    assert cues.partner_present.tolist() == [[True, False, False]] * 4
    assert crowded(replace(window, partner=None), 2, random).bystanders is None
    alone = Near().draw(1, 14, random)
    assert crowded(alone, 2, random).bystanders is None, "there is nobody else in the batch"


def test_an_encoder_learns_whom_to_heed() -> None:
    torch.manual_seed(0)
    networks = Networks(MODELS["tiny"])
    encoder, random = networks.adapters["hhi"].intent, Randomness.of(0)
    denoiser = networks.prior.denoiser.requires_grad_(False)

    def trained(source: Near | CrowdedSource, module: torch.nn.Module, steps: int) -> IntentLoss:
        loss = IntentLoss(encoder, denoiser, Drawing(source, 32, random), TrainingConfig())
        encoder.requires_grad_(False)
        module.requires_grad_(True)
        optimiser = torch.optim.Adam(module.parameters(), lr=3e-2)
        for step in range(steps):
            optimiser.zero_grad()
            loss(step)["intent"].backward()
            optimiser.step()
        return loss

    def heeded(loss: IntentLoss) -> float:
        with torch.no_grad():
            return float(loss.terms(loss.draw(0))[1]["heed_of_partner"])

    trained(Near(), encoder, 60)
    crowd = CrowdedSource(Near(), most=1)
    before = heeded(trained(crowd, encoder.salience, 0))
    assert before == pytest.approx(0.5, abs=0.15)
    assert heeded(trained(crowd, encoder.salience, 300)) > 0.75
