"""What a segment code loses, and whether a prior that is left to itself stays a person."""

from __future__ import annotations

import torch
from torch import Tensor

from remogen_ros.data.corpus import Corpus
from remogen_ros.data.windows import SingleWindows
from remogen_ros.evaluation.physical import PelvisRange, share_out_of_range, skating_ratio
from remogen_ros.evaluation.rollouts import free, said
from remogen_ros.evaluation.takes import Takes
from remogen_ros.motion import features as layout
from remogen_ros.motion.quality import foot_skate, jerk
from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.engine import Engine
from remogen_ros.training.segments import segment_at, window_frames

_WINDOWS = 2048
ENDURANCE_FRAMES = 600
"""A minute of streaming."""

_NEWS_AFTER = 100
"""Frames after which something else is said."""

_EGOS = 32


@torch.no_grad()
def reconstruction(networks: Networks, corpus: Corpus) -> dict[str, float]:
    """How well the VAE gives back segments of the test split: mean joint error and its feet."""
    prior = networks.prior
    random = torch.Generator().manual_seed(0)
    window = SingleWindows(corpus, "test").draw(_WINDOWS, window_frames(1), random).motion
    segment = segment_at(window, 0, prior.statistics)
    mean, _ = prior.vae.encode(segment.history, segment.future)
    future = prior.vae.decode(mean, segment.history)

    def joints(features: Tensor) -> Tensor:
        return layout.decode(prior.statistics.denormalise(features), segment.frame).joints()

    given, true = joints(future), joints(segment.future)
    return {
        "joint error, cm": 100 * float((given - true).norm(dim=-1).mean()),
        "foot skate, m/s": float(foot_skate(given).mean()),
        "jerk, m/s^3": float(jerk(given).mean()),
    }


def endurance(
    networks: Networks, corpus: Corpus, takes: Takes, sentences: Tensor, replication: int
) -> dict[str, float]:
    """Egos that stream for a minute and are told to do something else every ten seconds.

    The pelvis' height and speed are held against the range of the whole corpus.
    """
    usual = PelvisRange.of(corpus.ego.motion(slice(None)).joints()[None])
    random = torch.Generator().manual_seed(replication)
    chosen = torch.randperm(len(takes), generator=random)[:_EGOS].tolist()
    take = takes.take([takes.records[i] for i in chosen])
    captions = [
        [takes.draw_captions(random)[i] for i in torch.randint(len(takes), (len(chosen),)).tolist()]
        for _ in range(ENDURANCE_FRAMES // _NEWS_AFTER)
    ]
    words = [said(sentences[spoken]) for spoken in captions]
    engine = Engine(networks)
    joints = free(engine, take.context, words, _NEWS_AFTER, take, replication).joints()
    return {
        "frames out of the corpus' range, %": 100 * float(share_out_of_range(joints, usual).mean()),
        "skating ratio": float(skating_ratio(joints).mean()),
        "foot skate, m/s": float(foot_skate(joints).mean()),
        "jerk, m/s^3": float(jerk(joints).mean()),
    }
