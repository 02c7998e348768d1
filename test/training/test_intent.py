from __future__ import annotations

from dataclasses import dataclass

import torch

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.motion.standing import standing_rotations
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS as MODELS
from remogen_ros.training.batches import Window
from remogen_ros.training.config import TrainingConfig
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.intent import IntentLoss
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.segments import frame_of_last

WORDS, IDLE = torch.full((384,), 0.5), torch.full((384,), -0.5)


@dataclass(frozen=True)
class Mirrors:
    """Every second ego raises an arm in its last frames; its partner has a hand up all along."""

    digest: str = "made up"

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        rotations = standing_rotations().repeat(batch, frames, 1, 1, 1)
        rotations[::2, -4:, JOINT_INDEX["left_shoulder"]] = torch.eye(3)
        motion = Motion(torch.tensor([0.0, 0.0, 0.9]).expand(batch, frames, 3), rotations)
        partner = torch.zeros(batch, frames + 15, 22, 3)
        partner[::2, :, JOINT_INDEX["left_wrist"], 2] = 1.0
        acts = torch.zeros(batch, frames, dtype=torch.bool)
        acts[::2, -4:] = True
        known = torch.ones(batch, dtype=torch.bool)
        return Window(motion, WORDS.expand(batch, -1), known, acts, IDLE, partner)


def test_the_encoder_learns_when_words_apply() -> None:
    torch.manual_seed(0)
    networks = Networks(MODELS["tiny"])
    encoder = networks.adapters["hhi"].intent
    random = Randomness.of(0)
    denoiser = networks.prior.denoiser.requires_grad_(False)
    loss = IntentLoss(encoder, denoiser, Drawing(Mirrors(), 16, random), TrainingConfig())
    optimiser = torch.optim.Adam(encoder.parameters(), lr=1e-2)
    first = float(loss(0)["intent"].detach())
    for step in range(60):
        optimiser.zero_grad()
        loss(step)["intent"].backward()
        optimiser.step()
    assert float(loss(0)["intent"].detach()) < 0.05 * first
    cues = Mirrors().draw(2, 14, random)
    frame_cues = cues.cues(2, frame_of_last(cues.motion.frames(0, 3)))
    told, _ = encoder(frame_cues.partners, frame_cues.partner_present)
    null = denoiser.embed_text(denoiser.null_text)
    for row, words in ((0, WORDS), (1, IDLE)):
        wanted = denoiser.embed_text(words) - null
        other = denoiser.embed_text(IDLE if row == 0 else WORDS) - null
        assert (told[row] - wanted).norm() < 0.5 * (told[row] - other).norm()
