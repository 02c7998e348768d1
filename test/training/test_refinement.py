"""What refinement is asked for: to be where it should be within a few frames, without a jump."""

from __future__ import annotations

import torch

from remogen_ros.diffusion.schedule import cosine_schedule
from remogen_ros.networks.config import FUTURE_FRAMES
from remogen_ros.training.config import CONFIGURATIONS
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.refinement import RefinementBatch, RefinementLoss
from remogen_ros.training.segments import Segment, segment_at, window_frames
from test.training.people import RandomPeople, tiny


def drawn(seed: int, partner: bool = True) -> tuple[RefinementBatch, Segment]:
    """A batch, and the segment that it is of."""
    networks = tiny()
    people, schedule = RandomPeople(partner=partner), cosine_schedule(10)
    weighted = networks.weighted_adapters({"hhi": 1.0})

    def fresh() -> Drawing:
        return Drawing(people, 4, Randomness.of(seed))

    loss = RefinementLoss(networks, weighted, fresh(), schedule, CONFIGURATIONS["smoke"])
    window = fresh().window(window_frames(2))
    return loss.draw(0), segment_at(window.motion, 1, networks.prior.statistics)


def test_the_target_comes_to_the_truth_in_thirds() -> None:
    places = set()
    for seed in range(8):
        batch, segment = drawn(seed)
        truth = segment.future[:, batch.place :]
        places.add(batch.place)
        assert batch.target.shape == (4, FUTURE_FRAMES - batch.place, 276)
        assert torch.equal(batch.target[:, 2:], truth[:, 2:])
        off = (batch.target - truth).norm(dim=-1)
        assert bool((off[:, 0] > 0).all()), "not at once"
        if off.shape[1] > 1:
            assert bool((off[:, 1] < off[:, 0]).all())
    assert len(places) > 2


def test_a_segment_without_a_partner_is_refined_all_the_same() -> None:
    batch, _ = drawn(0, partner=False)
    assert batch.partners.shape[1] == 0 and batch.beside is None
    assert bool(batch.latent.isfinite().all())
