"""One corpus, any number of methods: generate its test clips again and again, and measure them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from remogen_ros.data.corpus import Corpus
from remogen_ros.errors import UserError
from remogen_ros.evaluation.clip_metrics import ClipMetrics, ClipValues
from remogen_ros.evaluation.distributions import (
    POOL,
    diversity,
    draw_pools,
    frechet_distance,
    matching_distance,
    r_precision,
)
from remogen_ros.evaluation.evaluator import MotionEvaluator
from remogen_ros.evaluation.interaction import ContactCounts
from remogen_ros.evaluation.methods import Method
from remogen_ros.evaluation.physical import (
    area_under_jerk,
    largest_jerk,
    mean_jerk_curve,
    peak_jerk,
)
from remogen_ros.evaluation.rollouts import generated, nothing_said, said, standing
from remogen_ros.evaluation.takes import Take, Takes
from remogen_ros.motion.poses import Motion
from remogen_ros.streaming.engine import Engine
from remogen_ros.streaming.stream import Words

FEWEST = 4
"""Clips of which two halves have a Frechet distance."""

_STRIDE = 1_000_000
"""Between the seeds of the first clips of two replications; each clip has its own."""

Shown = Callable[[int], None]
"""Told how many clips are done, for a progress bar."""


@dataclass(frozen=True)
class Cell:
    """What one replication of one method gave.

    Attributes:
        values: by name of the metric; those that apply.
        embeddings: (N, D) of the motions, in the order of the takes; (N, 0) without an evaluator.
    """

    values: dict[str, float]
    embeddings: Tensor


@dataclass(frozen=True)
class Yardstick:
    """With what motions are compared by what they mean.

    Attributes:
        evaluator: frozen.
        sentences: (texts, width) embeddings of the corpus' texts, as the evaluator takes them.
    """

    evaluator: MotionEvaluator
    sentences: Tensor


class Protocol:
    """Measures methods on the test clips of one corpus."""

    def __init__(
        self, corpus: Corpus, takes: Takes, sentences: Tensor, yardstick: Yardstick | None
    ) -> None:
        """Measure ground truth.

        Args:
            corpus: of which the takes are.
            takes: the clips.
            sentences: (texts, width) embeddings of the corpus' texts, as the model takes them.
            yardstick: None to leave out what needs one.

        Raises:
            UserError: there are too few clips for a yardstick.
        """
        if yardstick is not None and len(takes) < FEWEST:
            raise UserError(
                f"{len(takes)} clips say nothing of distributions: with an evaluator, {FEWEST} or "
                "more are needed."
            )
        self._takes = takes
        self._sentences = sentences
        self._yardstick = yardstick
        self._metrics = ClipMetrics(corpus)
        curves = [largest_jerk(take.truth.joints(), take.valid) for take in takes.batches()]
        self._true_jerk_curve = mean_jerk_curve(curves)
        self._true = torch.cat([self._embedded(take, take.truth) for take in takes.batches()])

    @cached_property
    def _of_truth(self) -> dict[str, float]:
        return self._means([self._measured(take, take.truth) for take in self._takes.batches()])

    @cached_property
    def _of_standing(self) -> tuple[dict[str, float], Tensor]:
        """What is measured of egos that stand, and (N, D) their embeddings."""
        measured, embeddings = [], []
        for take in self._takes.batches():
            motion = standing(take)
            measured.append(self._measured(take, motion))
            embeddings.append(self._embedded(take, motion))
        return self._means(measured), torch.cat(embeddings)

    def ground_truth(self, replication: int) -> Cell:
        """The row that all others are to be held against.

        Its FID is that between two random halves of the clips: what so many clips show by chance.
        """
        random = _random(replication)
        captions = self._takes.draw_captions(random)
        values = dict(self._of_truth)
        if self._yardstick is not None:
            order = torch.randperm(len(self._true), generator=random)
            halves = self._true[order].chunk(2)
            values |= {"FID": frechet_distance(halves[0], halves[1])}
            values |= self._meanings(self._true, captions, random)
        return Cell(values, self._true)

    def standing(self, replication: int) -> Cell:
        """The row of egos that keep the last pose that was given: what doing nothing gets."""
        random = _random(replication)
        captions = self._takes.draw_captions(random)
        values, motions = self._of_standing
        return self._compared(values, motions, captions, random)

    def measure(self, method: Method, replication: int, shown: Shown) -> Cell:
        """One replication of a method: new noise, new captions."""
        random = _random(replication)
        captions = self._takes.draw_captions(random)
        engine = Engine(method.networks, method.plan)
        measured, embeddings, first = [], [], 0
        for take in self._takes.batches(method.batch):
            spoken = captions[first : first + len(take.records)]
            words = self._words(spoken if method.told else [], len(take.records))
            seed = _STRIDE * replication + first
            around = take.among(method.bystanders, seed)
            motion = generated(engine, around, words, method.weights, seed, method.mix)
            first += len(take.records)
            measured.append(self._measured(take, motion))
            embeddings.append(self._embedded(take, motion))
            shown(len(take.records))
        return self._compared(self._means(measured), torch.cat(embeddings), captions, random)

    def _compared(
        self,
        measured: dict[str, float],
        motions: Tensor,
        captions: Sequence[int],
        random: torch.Generator,
    ) -> Cell:
        """What was measured of motions clip by clip, and what they mean, (N, D)."""
        values = dict(measured)
        if self._yardstick is not None:
            values |= {"FID": frechet_distance(motions, self._true)}
            values |= self._meanings(motions, captions, random)
        return Cell(values, motions)

    def _measured(self, take: Take, motion: Motion) -> ClipValues:
        return self._metrics.of(take, motion)

    def _means(self, measured: Sequence[ClipValues]) -> dict[str, float]:
        """Over all clips of which a metric says something."""
        columns: dict[str, list[Tensor]] = defaultdict(list)
        for batch in measured:
            for name, values in batch.values.items():
                columns[name].append(values)
        means = {name: float(torch.cat(values).nanmean()) for name, values in columns.items()}
        frames = len(self._true_jerk_curve)
        curve = mean_jerk_curve([batch.jerk_curves for batch in measured], frames)
        means["peak jerk, m/s^3"] = float(peak_jerk(curve))
        means["area under jerk, m/s^2"] = float(area_under_jerk(curve, self._true_jerk_curve))
        for name in measured[0].contacts:
            total = ContactCounts.joined([batch.contacts[name] for batch in measured])
            means[f"contact precision{name}"] = total.precision()
            means[f"contact recall{name}"] = total.recall()
        return {name: value for name, value in means.items() if not math.isnan(value)}

    def _words(self, spoken: Sequence[int], egos: int) -> Words:
        if not spoken:
            return nothing_said(egos, self._sentences.shape[1])
        return said(self._sentences[list(spoken)])

    def _embedded(self, take: Take, motion: Motion) -> Tensor:
        if self._yardstick is None:
            return torch.zeros(len(take.records), 0)
        evaluator = self._yardstick.evaluator
        pairs = evaluator.kind == "duet" and take.partner_motion is not None
        partner = take.partner_motion.joints() if pairs and take.partner_motion else None
        return evaluator.embed_motion(motion, partner, take.valid.sum(-1))

    def _meanings(
        self, motions: Tensor, captions: Sequence[int], random: torch.Generator
    ) -> dict[str, float]:
        yardstick = self._yardstick
        if yardstick is None:
            return {}
        texts = yardstick.evaluator.embed_text(yardstick.sentences[list(captions)])
        values = {
            "MM-Dist": matching_distance(texts, motions),
            "Diversity": diversity(motions, random),
        }
        # Fewer clips than a pool has, or of fewer captions, have no R-Precision.
        if len(set(captions)) >= POOL:
            found = r_precision(texts, motions, draw_pools(captions, random))
            for top, share in enumerate(found.tolist(), start=1):
                values[f"R-Precision top {top}"] = share
        return values


def _random(replication: int) -> torch.Generator:
    return torch.Generator().manual_seed(replication)
