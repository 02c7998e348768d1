from __future__ import annotations

import math

import pytest
import torch

from remogen_ros.diffusion.sampler import Denoising, Predict
from remogen_ros.diffusion.schedule import cosine_schedule
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS

TINY = CONFIGURATIONS["tiny"]


def given(batch: int) -> tuple[torch.Tensor, ...]:
    """History, text, and where text is known."""
    random = torch.Generator().manual_seed(0)
    return (
        torch.randn(batch, 2, 276, generator=random),
        torch.randn(batch, 384, generator=random),
        torch.ones(batch, dtype=torch.bool),
    )


@pytest.fixture(scope="module")
def networks() -> Networks:
    torch.manual_seed(0)
    return Networks(TINY).eval().requires_grad_(False)


def test_signal_and_noise_share_the_variance_and_the_ends_are_clean_and_noise() -> None:
    schedule = cosine_schedule(10)
    torch.testing.assert_close(
        schedule.signal.square() + schedule.noise.square(), torch.ones(10), atol=1e-6, rtol=0
    )
    assert schedule.signal[0] > 0.98 and schedule.signal[-1] < 0.01
    # alpha_bar_1 = cos^2((0.1 + s) / (1 + s) pi / 2) / cos^2(s / (1 + s) pi / 2), s = 0.008
    angle = math.pi / 2 / 1.008
    expected = math.cos(0.108 * angle) / math.cos(0.008 * angle)
    assert float(schedule.signal[0]) == pytest.approx(expected, abs=1e-6)


def test_the_last_step_returns_the_clean_sample() -> None:
    schedule = cosine_schedule(10)
    assert float(schedule.posterior_clean[0]) == pytest.approx(1.0)
    assert float(schedule.posterior_std[0]) == 0.0


def test_respacing_to_all_steps_is_the_schedule_and_fewer_span_all_noise() -> None:
    schedule = cosine_schedule(10)
    same, few = schedule.respaced(10), schedule.respaced(4)
    torch.testing.assert_close(same.posterior_noisy, schedule.posterior_noisy)
    assert few.numbers.tolist() == [0, 3, 6, 9]


def test_a_quieter_schedule_puts_back_a_share_of_the_noise(networks: Networks) -> None:
    noise = torch.randn(10, 2, TINY.vae.latent, generator=torch.Generator().manual_seed(1))
    other = noise.clone()
    other[1:] = -other[1:]
    schedule, predict = cosine_schedule(10), predicted(networks)
    torch.testing.assert_close(schedule.quieter(0.5).posterior_std, 0.5 * schedule.posterior_std)

    def latents(share: float) -> list[torch.Tensor]:
        begun = [Denoising.begun(schedule.quieter(share), given) for given in (noise, other)]
        return [denoising.advanced(10, predict).latent for denoising in begun]

    assert torch.equal(*latents(0.0))
    assert not torch.equal(*latents(1.0))


def test_posterior_keeps_a_noised_sample_consistent() -> None:
    # Given the true clean sample, one step back must have the next lower noise level.
    schedule = cosine_schedule(10)
    clean = torch.full((20_000, 1), 2.0)
    random = torch.Generator().manual_seed(0)

    def normal() -> torch.Tensor:
        return torch.randn(clean.shape, generator=random)

    index = torch.full((len(clean),), 5)
    noisy = schedule.add_noise(clean, index, normal())
    back = (
        schedule.posterior_clean[5] * clean
        + schedule.posterior_noisy[5] * noisy
        + schedule.posterior_std[5] * normal()
    )
    assert float(back.mean()) == pytest.approx(float(2 * schedule.signal[4]), abs=0.02)
    assert float(back.std()) == pytest.approx(float(schedule.noise[4]), abs=0.02)


def predicted(networks: Networks) -> Predict:
    conditions = given(2)

    def predict(noisy: torch.Tensor, step: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return networks.prior.denoiser(noisy, step, *conditions), step[0] / 10

    return predict


def test_steps_in_portions_equal_steps_at_once(networks: Networks) -> None:
    noise = torch.randn(10, 2, TINY.vae.latent, generator=torch.Generator().manual_seed(1))
    begun, predict = Denoising.begun(cosine_schedule(10), noise), predicted(networks)
    spread = begun
    for _ in range(4):
        spread = spread.advanced(3, predict)
    assert begun.remaining == 10 and spread.remaining == 0
    assert torch.equal(spread.latent, begun.advanced(10, predict).latent)
    assert spread.clip_ratio == pytest.approx(0.45)  # The mean of what each step says: 0.0 .. 0.9.


def test_a_latent_that_is_hardly_noisy_stays_what_it_is(networks: Networks) -> None:
    """At the last step, the result is the denoiser's clean prediction and nothing else."""
    noise = torch.randn(10, 2, networks.prior.vae.latent)
    latent = torch.randn(2, networks.prior.vae.latent)
    denoising = Denoising(cosine_schedule(10), noise, latent, remaining=1)
    denoising = denoising.advanced(5, predicted(networks))
    assert denoising.remaining == 0
    step = torch.zeros(2, dtype=torch.long)
    expected = networks.prior.denoiser(latent, step, *given(2))
    torch.testing.assert_close(denoising.latent, expected)
