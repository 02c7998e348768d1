from __future__ import annotations

import pytest
import torch

from remogen_ros.diffusion.schedule import cosine_schedule
from remogen_ros.training.config import CONFIGURATIONS, StageConfig
from remogen_ros.training.denoising import DenoisingLoss
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.randomness import Randomness
from test.training.people import RandomPeople, tiny


@pytest.mark.parametrize(
    "adapted, frozen, noisiest", [(True, True, 0.271), (True, False, 0.1), (False, False, 0.1)]
)
def test_an_adapter_on_a_frozen_prior_sees_more_of_the_noisiest_steps(
    adapted: bool, frozen: bool, noisiest: float
) -> None:
    networks = tiny().eval()
    networks.prior.denoiser.train(not frozen)
    people = Drawing(RandomPeople(partner=True), 64, Randomness.of(0))
    weighted = networks.weighted_adapters({"hhi": 1.0}) if adapted else ()
    loss = DenoisingLoss(
        networks.prior,
        weighted,
        people,
        cosine_schedule(10),
        StageConfig(steps=10, batch=64, segments=1),
        CONFIGURATIONS["smoke"],
        0.1,
    )
    drawn = torch.cat([loss.draw(0).index for _ in range(60)])
    assert set(drawn.tolist()) == set(range(10))
    assert float((drawn == 9).float().mean()) == pytest.approx(noisiest, abs=0.03)


def test_some_egos_have_not_yet_done_what_they_did() -> None:
    """If all hesitate, contexts of later segments are earlier ones, unless lost or far."""
    networks = tiny().eval()
    smoke = CONFIGURATIONS["smoke"].model_copy(update={"hesitant": 1.0})
    stage = StageConfig(steps=10, batch=64, segments=2, rollout_from=1.0)
    people = Drawing(RandomPeople(partner=True), 64, Randomness.of(0))
    weighted = networks.weighted_adapters({"hhi": 1.0})
    loss = DenoisingLoss(networks.prior, weighted, people, cosine_schedule(10), stage, smoke, 0.1)
    first = loss.draw(0)
    assert loss._walk is not None
    motion = loss._walk.window.motion
    assert torch.equal(first.context.root_positions, motion.frames(0, 3).root_positions)
    second = loss.draw(0)
    truth = motion.frames(8, 11)
    late = (second.context.root_positions != truth.root_positions).flatten(1).any(1)
    behind = (second.context.root_positions - truth.root_positions)[:, -1, :2].norm(dim=-1)
    assert 0 < int(late.sum()) < 64, "who would have to fly is in time"
    assert float(behind.max()) < 0.4
