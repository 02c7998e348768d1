"""`./remogen train`: train a model on prepared corpora; resumable."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro
from torch import Tensor

from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.duets.social_rules import load_social_rules
from remogen_ros.data.room_windows import RoomWindows
from remogen_ros.data.windows import DuetWindows, SingleWindows
from remogen_ros.errors import UserError
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS as MODELS
from remogen_ros.networks.text import TextEncoder, text_encoder
from remogen_ros.streaming.bundle import save_bundle
from remogen_ros.training.batches import Source
from remogen_ros.training.config import CONFIGURATIONS as TRAININGS
from remogen_ros.training.phases import Sources, Training
from remogen_ros.training.sources import (
    DuetSource,
    FurnishedSource,
    MixedSource,
    RoomSource,
    SingleSource,
    embedded,
)

_PRIOR_ONSETS, _ADAPTER_ONSETS = 0.3, 0.6
"""Shares of the windows of pairs with a reaction's beginning; see `SingleWindows`."""

_IDLE = "stand still"
"""What is said of an ego that does nothing, as the social rules say it."""


@dataclass(frozen=True)
class Arguments:
    """Train prior, adapters and refinement, and write the bundle.

    Call it again with the same arguments to go on after an interruption.
    """

    single: Path
    """Prepared single-person corpus."""
    duet: Path
    """Prepared two-person corpus; its egos also go into the prior."""
    rooms: Path | None = None
    """Prepared corpus of people in rooms; without one, boxes are scattered around single people."""
    out: Path = Path("runs/model")
    """Folder for checkpoints and logs; the bundle goes to `<out>/bundle`."""
    model: str = "small"
    """Size of the networks: small, paper or tiny."""
    training: str = "demo"
    """Hyper-parameters: demo (two CPU cores), paper (a GPU) or smoke."""
    licence: str = "CC BY-NC 4.0"
    """Licence of the weights: that of the data they are trained on."""
    seed: int = 0
    """Seed of initialisation, batches and noise."""
    threads: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 2
    """CPU threads."""


def _named(table: dict[str, object], name: str, what: str) -> None:
    if name not in table:
        raise UserError(f"unknown {what} '{name}': choose one of {', '.join(table)}")


def _in_rooms(path: Path | None, people: MixedSource, encoder: TextEncoder, idle: Tensor) -> Source:
    if path is None:
        return RoomSource(people)
    corpus = open_corpus(path)
    windows = RoomWindows(corpus, "train", onset_share=_PRIOR_ONSETS)
    return FurnishedSource(windows, embedded(corpus.texts, encoder), idle)


def main(argv: list[str]) -> int:
    """Entry point."""
    arguments = tyro.cli(Arguments, args=argv, prog="remogen train")
    _named(dict(MODELS), arguments.model, "model size")
    _named(dict(TRAININGS), arguments.training, "training configuration")
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    single, duet = open_corpus(arguments.single), open_corpus(arguments.duet)
    encoder = text_encoder("minilm")
    duet_texts, idle = embedded(duet.texts, encoder), embedded((_IDLE,), encoder)[0]
    people = MixedSource(
        (
            SingleSource(SingleWindows(single, "train"), embedded(single.texts, encoder), idle),
            SingleSource(SingleWindows(duet, "train", onset_share=_PRIOR_ONSETS), duet_texts, idle),
        )
    )
    config = TRAININGS[arguments.training]
    telling = torch.tensor([text not in load_social_rules().anything for text in duet.texts])
    windows = DuetWindows(duet, "train", onset_share=_ADAPTER_ONSETS)
    pairs = DuetSource(windows, duet_texts, telling, idle, config.tracking)
    networks = Networks(MODELS[arguments.model])
    training = Training(
        networks,
        Sources(people, {"hhi": pairs, "hsi": _in_rooms(arguments.rooms, people, encoder, idle)}),
        config,
        arguments.out,
        arguments.seed,
    )
    training.run()
    save_bundle(networks, arguments.out / "bundle", arguments.licence)
    print(f"wrote {arguments.out / 'bundle'}")
    return 0
