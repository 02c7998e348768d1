"""Back ends that PyTorch brings: torch.compile, and CUDA graphs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from remogen_ros.errors import UserError
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.replay import WARM_UP, Replayed
from remogen_ros.streaming.backends.base import Function
from remogen_ros.streaming.backends.compiled import CompiledBackend, Slots
from remogen_ros.streaming.backends.examples import Given

_GRAPHS = Slots(built=(1, 2, 4, 8), flexible=False)
"""A CUDA graph has fixed shapes; the numbers of partners that there are graphs for."""

_DYNAMIC = Slots(built=(2, 3), flexible=True)
"""torch.compile takes a dimension of 1 for a constant, so that one partner gets an absent one."""

_NETWORKS = ("encode", "predict")
"""Functions that are nothing but networks."""


def compile_backend(networks: Networks, adapters: tuple[str, ...], guided: bool) -> CompiledBackend:
    """Functions through torch.compile, which takes a minute and needs a C++ compiler on a CPU.

    The kinematics of poses are left to PyTorch: they are cheap, and their constants do not compile.

    Raises:
        UserError: there is no compiler, or it fails.
    """
    on_cpu = networks.prior.feature_mean.device.type == "cpu"
    if on_cpu and not (shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")):
        raise UserError("back end compile needs a C++ compiler: install g++, or use another one")

    def compiler(name: str, module: nn.Module, given: Sequence[Given]) -> Function:
        if name not in _NETWORKS:
            return module
        built: Function = torch.compile(module, dynamic=True)
        try:
            for example in given:
                built(*example)
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"torch.compile cannot build '{name}': {reason}") from error
        return built

    return CompiledBackend("compile", networks, adapters, guided, compiler, _DYNAMIC)


def cuda_graph_backend(
    networks: Networks, adapters: tuple[str, ...], guided: bool
) -> CompiledBackend:
    """Functions that are captured once on a GPU and replayed by a single launch each.

    Raises:
        UserError: the networks are not on a GPU.
    """
    if networks.prior.feature_mean.device.type != "cuda":
        raise UserError("back end cuda_graph needs a GPU: choose device cuda, or another back end")

    def compiler(name: str, module: nn.Module, given: Sequence[Given]) -> Function:
        replayed: Replayed[Given, Given] = Replayed(lambda values: module(*values), active=True)
        for example in given:
            for _ in range(WARM_UP + 1):
                replayed(example)

        def call(*values: Tensor) -> Given:
            # What a graph gives is overwritten when it is next replayed.
            return tuple(value.clone() for value in replayed(values))

        return call

    return CompiledBackend("cuda_graph", networks, adapters, guided, compiler, _GRAPHS)
