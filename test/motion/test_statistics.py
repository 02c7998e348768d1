from __future__ import annotations

import torch

from remogen_ros.motion.statistics import Statistics


def test_normalised_samples_have_zero_mean_and_unit_deviation() -> None:
    samples = torch.randn(50, 20, 7, generator=torch.Generator().manual_seed(0)) * 3 + 2
    statistics = Statistics.of(samples)
    normal = statistics.normalise(samples).flatten(0, 1)
    torch.testing.assert_close(normal.mean(0), torch.zeros(7), atol=1e-5, rtol=0)
    torch.testing.assert_close(normal.std(0), torch.ones(7), atol=1e-4, rtol=0)
    torch.testing.assert_close(statistics.denormalise(statistics.normalise(samples)), samples)


def test_a_constant_feature_is_not_blown_up() -> None:
    statistics = Statistics.of(torch.ones(10, 1) + 1e-7 * torch.arange(10)[:, None])
    assert statistics.normalise(torch.tensor([[1.0005]])).abs() < 1
