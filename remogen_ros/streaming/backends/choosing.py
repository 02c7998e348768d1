"""The back end that a user names, or the quickest one that works here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch

from remogen_ros.errors import UserError
from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.backends.base import Backend
from remogen_ros.streaming.backends.compilers import compile_backend, cuda_graph_backend
from remogen_ros.streaming.backends.eager import EagerBackend
from remogen_ros.streaming.backends.examples import given_for
from remogen_ros.streaming.backends.names import BackendName
from remogen_ros.streaming.backends.onnx import missing, onnx_backend
from remogen_ros.streaming.bundle import Bundle, bundle_sha256

_CALLS = 7


@dataclass(frozen=True)
class BackendChoice:
    """What a back end is to be made for.

    Attributes:
        bundle: of the model, on the device where it is to work.
        adapters: all that will ever be mixed.
        guided: as the plan is.
        threads: of the processor, for each call.
        say: told what takes seconds, and what was chosen.
    """

    bundle: Bundle
    adapters: tuple[str, ...]
    guided: bool
    threads: int
    say: Callable[[str], object]

    def named(self, name: BackendName) -> Backend:
        """The back end of this name; `auto` measures those that are built in seconds.

        Raises:
            UserError: it cannot work here.
        """
        networks = self.bundle.networks
        if name == "auto":
            return self._quickest()
        if name == "eager":
            return EagerBackend(networks, self.guided)
        if name == "compile":
            self.say("compiling: this takes a minute")
            return compile_backend(networks, self.adapters, self.guided)
        if name == "cuda_graph":
            return cuda_graph_backend(networks, self.adapters, self.guided)
        if self._on_gpu:
            raise UserError("back end onnx works on the CPU: choose device cpu, or cuda_graph")
        folder = self.bundle.folder
        return onnx_backend(
            networks,
            folder,
            bundle_sha256(folder),
            self.adapters,
            self.guided,
            self.threads,
            self.say,
        )

    @property
    def _on_gpu(self) -> bool:
        return self.bundle.networks.prior.feature_mean.device.type != "cpu"

    def _quickest(self) -> Backend:
        eager = self.named("eager")
        if not self._on_gpu and missing():
            self.say(f"back end eager, for want of {' and '.join(missing())}: onnx is quicker")
            return eager
        try:
            built = self.named("cuda_graph" if self._on_gpu else "onnx")
        except UserError as error:
            self.say(f"back end eager, for: {error}")
            return eager
        networks, seconds = self.bundle.networks, {}
        for backend in (eager, built):
            seconds[backend] = _seconds_a_step(networks, backend, self.adapters)
        return min(seconds, key=seconds.__getitem__)


def share_threads(backend: str, threads: int) -> None:
    """Give PyTorch its threads: one beside ONNX Runtime, whose own would be kept waiting.

    Args:
        backend: name of the one that runs.
        threads: of the processor, for each call.
    """
    torch.set_num_threads(1 if backend == "onnx" else threads)


@torch.inference_mode()
def _seconds_a_step(networks: Networks, backend: Backend, adapters: tuple[str, ...]) -> float:
    """How long one denoising step takes, which is what most of a tick is."""
    functions = backend.functions(adapters)
    given = given_for(networks, functions, partners=1)["predict"]
    spent = []
    for _ in range(_CALLS):
        begun = time.perf_counter()
        clean, _ = functions.predict(*given)
        clean.cpu()
        spent.append(time.perf_counter() - begun)
    return median(spent)
