"""On what a training runs: devices, processes, precision."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.distributed
from lightning_fabric import Fabric
from torch import nn

from remogen_ros.errors import UserError
from remogen_ros.networks.interaction import InteractionBlock
from remogen_ros.networks.layers import TransformerLayer

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "32", "bf16"]


@dataclass(frozen=True)
class Machine:
    """What the user asks for.

    Attributes:
        device: auto takes a GPU where there is one.
        devices: processes, each with a GPU, or with its share of the CPU; gradients are averaged
            over them (DDP), and a batch is shared out among them.
        precision: of the networks; auto is bf16 on a GPU, 32 on a CPU. Kinematics are always 32.
        micro_batch: windows of a step that are in memory at a time, on each device; None for all.
        compiled: whether PyTorch compiles the layers.
        graphs: whether one GPU replays the steps as CUDA graphs.
    """

    device: Device = "auto"
    devices: int = 1
    precision: Precision = "auto"
    micro_batch: int | None = None
    compiled: bool = False
    graphs: bool = True

    @property
    def accelerator(self) -> Literal["cpu", "cuda"]:
        """The kind of device.

        Raises:
            UserError: no such device is here.
        """
        if self.device == "cuda" and not torch.cuda.is_available():
            raise UserError(
                "--device cuda: PyTorch sees no GPU here; install its CUDA build, or use cpu"
            )
        if self.device == "auto":
            return "cuda" if torch.cuda.is_available() else "cpu"
        return self.device

    @property
    def replays(self) -> bool:
        """Whether steps are replayed as CUDA graphs: on one GPU, if asked for."""
        return self.graphs and self.accelerator == "cuda" and self.devices == 1

    @property
    def half(self) -> bool:
        """Whether networks run in bfloat16."""
        return self.precision == "bf16" or (self.precision == "auto" and self.accelerator == "cuda")

    def fabric(self) -> Fabric:
        """The processes, started: with several devices, this program runs once for each.

        Raises:
            UserError: there are not so many devices.
        """
        # It would tell which precision it uses, on every process.
        logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
        accelerator = self.accelerator
        if self.devices < 1:
            raise UserError(f"--devices is {self.devices}, but must be at least 1")
        if accelerator == "cuda" and self.devices > torch.cuda.device_count():
            raise UserError(
                f"--devices is {self.devices}, but there are only {torch.cuda.device_count()} GPUs"
            )
        fabric = Fabric(
            accelerator=accelerator,
            devices=self.devices,
            strategy="ddp" if self.devices > 1 else "auto",
            precision="bf16-mixed" if self.half else "32-true",
        )
        fabric.launch()
        return fabric

    def parts(self, batch: int, processes: int) -> tuple[int, ...]:
        """How many windows each part of a process' batch has.

        Raises:
            UserError: the batch cannot be shared out evenly.
        """
        if batch % processes:
            raise UserError(f"a batch of {batch} cannot be shared out among {processes} devices")
        own = batch // processes
        micro = min(self.micro_batch or own, own)
        if micro < 1 or own % micro:
            raise UserError(
                f"--micro-batch {self.micro_batch} does not divide the batch of {own} of a device"
            )
        return (micro,) * (own // micro)

    def fingerprint(self) -> str:
        """What of all this makes another loss curve; empty for one CPU."""
        told = [
            f" devices={self.devices}" if self.devices > 1 else "",
            f" micro_batch={self.micro_batch}" if self.micro_batch else "",
            " bf16" if self.half else "",
        ]
        return "".join(told)


ONE_DEVICE = Machine()
"""A GPU where there is one, or the CPU."""


def compile_layers(networks: nn.Module) -> None:
    """Compile the repeated layers, each kind once, rather than whole networks: that takes seconds,
    and keeps the names of the weights."""
    for part in networks.modules():
        if isinstance(part, (TransformerLayer, InteractionBlock)):
            part.compile()


def gathered(fabric: Fabric, own: Any) -> list[Any]:
    """What each process has of something, the first process' first."""
    if fabric.world_size == 1:
        return [own]
    everyone: list[Any] = [None] * fabric.world_size
    torch.distributed.all_gather_object(everyone, own)
    return everyone
