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
    "adapted, frozen, noisiest", [(True, True, 0.19), (True, False, 0.1), (False, False, 0.1)]
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
