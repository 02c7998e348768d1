from __future__ import annotations

import pytest
import torch

from remogen_ros.motion import features as layout
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.config import VaeConfig
from remogen_ros.networks.linear_code import LinearCode
from remogen_ros.networks.vae import MotionVae
from remogen_ros.training.linear_code import feature_metres, fit_linear_code
from remogen_ros.training.segments import segment_at, window_frames
from test.motion.strategies import random_motion

IDENTITY = Statistics(torch.zeros(276), torch.ones(276))


def people(count: int = 400) -> tuple[torch.Tensor, torch.Tensor, Statistics]:
    """Features of random motion, and their statistics."""
    motion = random_motion(0, window_frames(1), (count,)).to(torch.float32)
    segment = segment_at(motion, 0, IDENTITY)
    statistics = Statistics.of(torch.cat((segment.history, segment.future), dim=1))
    return segment.history, segment.future, statistics


def test_a_feature_is_worth_the_metres_by_which_it_moves_the_body() -> None:
    metres = feature_metres()
    assert metres[layout.TRANSLATION].tolist() == pytest.approx([22**0.5] * 3)
    rotations = metres[layout.ROTATIONS].unflatten(0, (22, 6))[:, 0]
    forearm = ADULT.bone_lengths[JOINT_INDEX["left_wrist"]]
    # Of the arm below the elbow only the wrist is a joint; half of a turn's columns move it.
    assert float(rotations[JOINT_INDEX["left_elbow"]]) == pytest.approx(forearm / 2**0.5, rel=1e-5)
    assert rotations.argmax() == JOINT_INDEX["pelvis"]
    assert torch.equal(
        rotations[JOINT_INDEX["left_shoulder"]], rotations[JOINT_INDEX["right_shoulder"]]
    )


def test_longer_codes_lose_less_and_the_code_is_its_own_inverse() -> None:
    history, future, statistics = people()
    known, target = statistics.normalise(history), statistics.normalise(future)
    errors = []
    for latent in (8, 64, 300):
        code = LinearCode(2, 8, 276, latent)
        code.set_fit(fit_linear_code(history, future, statistics, latent, noise=0.01))
        latents = code.encode(known, target)
        decoded = code.decode(latents, known)
        torch.testing.assert_close(code.encode(known, decoded), latents, atol=1e-2, rtol=1e-2)
        moved = statistics.denormalise(decoded) - future
        errors.append(float(moved[..., layout.JOINTS].square().mean()))
    assert errors[0] > errors[1] > errors[2]


def test_an_unfitted_code_holds_the_last_pose() -> None:
    history = torch.randn(3, 2, 276)
    code = LinearCode(2, 8, 276, 4)
    assert torch.equal(code.decode(torch.randn(3, 4), history), history[:, -1:].expand(-1, 8, -1))


def test_a_vae_starts_exactly_from_the_code() -> None:
    history, future, statistics = people(60)
    fitted = fit_linear_code(history, future, statistics, 8, noise=0.01)
    config = VaeConfig(layers=1, width=16, feedforward=16, heads=2, latent=8, dropout=0.0)
    vae, code = MotionVae(config), LinearCode(2, 8, 276, 8)
    vae.start_from(fitted)
    code.set_fit(fitted)
    known, target = statistics.normalise(history), statistics.normalise(future)
    mean, log_variance = vae.encode(known, target)
    assert torch.equal(mean, code.encode(known, target))
    assert float(log_variance.detach().exp().max()) < 0.01
    assert torch.equal(vae.decode(mean, known), code.decode(mean, known))


def test_a_noisy_history_is_not_extrapolated() -> None:
    """Half a second ahead, a centimetre of noise must not become decimetres."""
    history, future, statistics = people()
    code = LinearCode(2, 8, 276, 8)
    code.set_fit(fit_linear_code(history, future, statistics, 8, noise=0.01))
    nothing = torch.zeros(len(history), 8)
    noise = 0.01 * torch.randn(history.shape, generator=torch.Generator().manual_seed(0))
    calm = code.decode(nothing, statistics.normalise(history))
    shaken = code.decode(nothing, statistics.normalise(history + noise))
    moved = statistics.denormalise(shaken) - statistics.denormalise(calm)
    assert float(moved[:, -1, layout.TRANSLATION].abs().mean()) < 0.03
