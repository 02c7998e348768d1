"""What a segment code loses, and whether a prior that is left to itself stays a person."""

from __future__ import annotations

from functools import reduce

import torch
from torch import Tensor

from remogen_ros.data.corpus import Corpus
from remogen_ros.data.windows import SingleWindows
from remogen_ros.evaluation.physical import PelvisRange, share_out_of_range, skating_ratio
from remogen_ros.evaluation.rollouts import free, said
from remogen_ros.evaluation.takes import Takes
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
def reconstruction(networks: Networks, corpus: Corpus) -> tuple[dict[str, float], dict[str, float]]:
    """How well the VAE gives back segments of the test split.

    Returns:
        What it gives back, with its mean joint error; and the same of the segments themselves.
    """
    prior = networks.prior
    random = torch.Generator().manual_seed(0)
    window = SingleWindows(corpus, "test").draw(_WINDOWS, window_frames(1), random).motion
    segment = segment_at(window, 0, prior.statistics)
    mean, _ = prior.vae.encode(segment.history, segment.future)
    future = prior.vae.decode(mean, segment.history)
    given = prior.posed(future, segment.frame).joints()
    true = window.joints()[:, -given.shape[1] :]
    error = {"joint error, cm": 100 * float((given - true).norm(dim=-1).mean())}
    return error | _quality(given), _quality(true)


def endurance(
    networks: Networks,
    takes: Takes,
    sentences: Tensor,
    usual: PelvisRange,
    replication: int,
    frames: int = ENDURANCE_FRAMES,
) -> dict[str, float]:
    """Egos that stream for a minute and are told to do something else every ten seconds.

    Args:
        networks: of the model.
        takes: with whose beginnings they begin, and whose captions they are told.
        sentences: (texts, width) embeddings of the corpus' texts.
        usual: where the pelvises of the corpus are; see `pelvis_range`.
        replication: another one has other egos, words and noise.
        frames: for which they stream.
    """
    random = torch.Generator().manual_seed(replication)
    chosen = torch.randperm(len(takes), generator=random)[:_EGOS].tolist()
    take = takes.take([takes.records[clip] for clip in chosen])
    words = []
    for _ in range(-(-frames // _NEWS_AFTER)):
        captions = torch.tensor(takes.draw_captions(random))
        whose = torch.randint(len(takes), (len(chosen),), generator=random)
        words.append(said(sentences[captions[whose]]))
    streamed = free(Engine(networks), take, words, min(frames, _NEWS_AFTER), replication)
    joints = streamed.joints()
    outside = 100 * float(share_out_of_range(joints, usual).mean())
    return {
        "frames out of the corpus' range, %": outside,
        **range_values(PelvisRange.of(joints)),
        "skating ratio": float(skating_ratio(joints).mean()),
        **_quality(joints),
    }


def pelvis_range(corpus: Corpus) -> PelvisRange:
    """Where the pelvises of all clips of a corpus are, and how fast.

    One clip after the other: from the end of one to the beginning of the next nobody has moved.
    """
    clips = (clip for clip in corpus.clips if clip.count > 1)
    ranges = (PelvisRange.of(corpus.motion_of(clip).joints()[None]) for clip in clips)
    return reduce(PelvisRange.joined, ranges)


def range_values(reached: PelvisRange) -> dict[str, float]:
    """A range by names of metrics."""
    return {
        "lowest pelvis, m": reached.lowest,
        "highest pelvis, m": reached.highest,
        "fastest pelvis, m/s": reached.fastest,
    }


def _quality(joints: Tensor) -> dict[str, float]:
    return {
        "foot skate, m/s": float(foot_skate(joints).mean()),
        "jerk, m/s^3": float(jerk(joints).mean()),
    }
