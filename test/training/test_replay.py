"""Steps as CUDA graphs: what goes through them, that their functions may be captured, and, where
there is a GPU, that a replay is the same as a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from remogen_ros.diffusion.schedule import cosine_schedule
from remogen_ros.networks.replay import Replayed, _kind, _rebuilt
from remogen_ros.training.config import CONFIGURATIONS, StageConfig
from remogen_ros.training.denoising import DenoisingLoss
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.intent import IntentLoss
from remogen_ros.training.objective import Loss
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.refinement import RefinementLoss
from remogen_ros.training.vae import VaeLoss
from test.training.people import RandomPeople, tiny

SMOKE = CONFIGURATIONS["smoke"]
LOSSES = ("vae", "intent", "denoiser", "hhi", "refinement")


@dataclass(frozen=True)
class Inner:
    values: Tensor
    start: int


@dataclass(frozen=True)
class Outer:
    inner: Inner
    rows: tuple[Tensor, ...]
    named: dict[str, Tensor]
    absent: Tensor | None = None


def outer(shift: float = 0.0, start: int = 3, rows: int = 2) -> Outer:
    parts = tuple(torch.full((2, i + 1), shift + i) for i in range(rows))
    return Outer(Inner(torch.arange(4.0) + shift, start), parts, {"a": torch.ones(1) + shift})


def test_a_structure_is_taken_apart_and_put_together() -> None:
    tensors: list[Tensor] = []
    kind = _kind(outer(), tensors)
    assert len(tensors) == 4
    again = _rebuilt(outer(), iter([t + 5 for t in tensors]))
    assert again.inner.start == 3 and again.absent is None
    for found, wanted in zip(
        (again.inner.values, *again.rows, again.named["a"]), tensors, strict=True
    ):
        assert torch.equal(found, wanted + 5)
    assert _kind(outer(7.0), []) == kind
    assert _kind(outer(start=4), []) != kind and _kind(outer(rows=3), []) != kind


def test_elsewhere_than_on_a_gpu_the_function_is_called() -> None:
    calls = []
    replayed = Replayed(lambda value: calls.append(value) or value, active=False)
    assert [replayed(i) for i in range(5)] == calls == list(range(5))


def loss_of(name: str, device: str = "cpu", replay: bool = False) -> tuple[Loss, nn.Module]:
    networks = tiny().to(device).requires_grad_(False)
    schedule = cosine_schedule(networks.config.diffusion.steps).to(device)
    people = Drawing(RandomPeople(partner=True), 4, Randomness.of(0, device=device))
    stage = StageConfig(steps=10, batch=4, segments=2, rollout_from=0.0)
    prior, hhi = networks.prior, networks.adapters["hhi"]
    weighted = networks.weighted_adapters({"hhi": 1.0})
    make: dict[str, tuple[Any, nn.Module]] = {
        "vae": (lambda: VaeLoss(prior, people, SMOKE), prior.vae),
        "intent": (lambda: IntentLoss(hhi.intent, prior.denoiser, people, SMOKE), hhi.intent),
        "denoiser": (
            lambda: DenoisingLoss(prior, (), people, schedule, stage, SMOKE, 0.1, 0.5, replay),
            prior.denoiser,
        ),
        "hhi": (
            lambda: DenoisingLoss(
                prior, weighted, people, schedule, stage, SMOKE, 0.1, 0.5, replay
            ),
            hhi,
        ),
        "refinement": (
            lambda: RefinementLoss(networks, weighted, people, schedule, SMOKE, replay),
            networks.refinement,
        ),
    }
    made, module = make[name]
    module.requires_grad_(True)
    return made(), module


class NotCapturable(TorchDispatchMode):
    """Notes what a graph cannot hold: numbers brought from Python, and waiting for the device."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket in (torch.ops.aten.nonzero, torch.ops.aten.masked_select):
            self.found.append(str(func))
        if func.overloadpacket is torch.ops.aten._local_scalar_dense:
            self.found.append(str(func))
        # On a CPU, a Python number that is written into a tensor is lifted too, but is no array.
        if func.overloadpacket is torch.ops.aten.lift_fresh and args[0].numel() > 1:
            self.found.append(f"{func} of {tuple(args[0].shape)}")
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", LOSSES)
def test_what_is_replayed_neither_brings_anything_nor_waits(name: str) -> None:
    loss, _ = loss_of(name)
    batch = loss.draw(9)
    loss.terms(batch)
    loss.follow(9)
    with NotCapturable() as noted:
        terms, _ = loss.terms(batch)
        torch.stack(list(terms.values())).sum().backward()
    assert noted.found == []
    captured = getattr(loss, "_rolled" if name in ("denoiser", "hhi") else "_denoise", None)
    if captured is not None:
        given = batch if name != "refinement" else noisy_of(loss)
        captured(given)
        with NotCapturable() as noted:
            captured(given)
        assert noted.found == []


def noisy_of(loss: Any) -> Any:
    from remogen_ros.training.segments import segment_at, window_frames

    window = loss.windows.window(window_frames(2))
    return loss._noisy(window, segment_at(window.motion, 1, loss.networks.prior.statistics))


def test_the_check_above_finds_what_cannot_be_captured() -> None:
    rows = torch.zeros(3, 4)
    with NotCapturable() as noted:
        rows[:, [0, 1]]
        rows.new_tensor((1.0, 2.0))
        rows[0, 0].item()
        (rows > 0).nonzero()
    assert len(noted.found) == 4


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize("name", LOSSES)
def test_a_replay_gives_the_gradient_of_a_call(name: str) -> None:
    """Of the same batches: roll-outs and all else that is drawn has the same randomness."""
    called, module = loss_of(name, "cuda")
    replayed, twin = loss_of(name, "cuda", replay=True)

    def worked_out(loss: Loss, module: nn.Module, batch: object) -> dict[str, Tensor]:
        module.zero_grad(set_to_none=False)
        terms, _ = loss.terms(batch)
        torch.stack(list(terms.values())).sum().backward()
        return {key: term.detach() for key, term in terms.items()}

    graph = Replayed(lambda batch: worked_out(replayed, twin, batch), active=True)
    for step in range(24):
        terms = worked_out(called, module, called.draw(step))
        again = graph(replayed.draw(step))
        called.follow(step)
        replayed.follow(step)
        for key, term in terms.items():
            torch.testing.assert_close(again[key], term, rtol=1e-3, atol=1e-5)
        for ours, theirs in zip(module.parameters(), twin.parameters(), strict=True):
            if ours.grad is not None:
                torch.testing.assert_close(theirs.grad, ours.grad, rtol=1e-2, atol=1e-4)
