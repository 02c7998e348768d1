"""The engine: batches, forks, and every plan, on a tiny model of random weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow, partner_features
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.networks.adapter import Cues
from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.engine import Engine
from remogen_ros.streaming.plan import Plan
from remogen_ros.streaming.stream import Stream, Words
from test.data.bodies import hanging
from test.motion.strategies import random_motion
from test.streaming.tiny_models import opened

HHI = {"hhi": 1.0}
PLANS = {
    "live": Plan(),
    "at once": Plan(ahead_from=None),
    "at once, not refined": Plan(ahead_from=None, refine=False),
    "not refined": Plan(refine=False),
    "sliding": Plan(ahead_from=None, refine=False, slide=True),
    "not joined": Plan(joined=False),
    "feet as generated": Plan(footing=False),
    "hands as generated": Plan(touching=False),
    "from the first frame": Plan(ahead_from=0),
    "from the last frame": Plan(ahead_from=7),
    "not guided": Plan(guidance=1.0),
    "in four steps": Plan(steps=4),
    "without noise": Plan(noise=0.0),
}


@dataclass(frozen=True)
class PartnerSenses:
    """A partner and nothing else, up to the frame `now` of a track (B, T, 22, 3)."""

    track: Tensor
    now: int

    def partners(self, frame: CanonicalFrame) -> tuple[Tensor, Tensor]:
        window = self.track[:, None, self.now : self.now + PARTNER_FRAMES]
        valid = torch.ones(window.shape[:-1], dtype=torch.bool)
        return partner_features(PartnerWindow(window, valid), frame), valid[:, :, 0, 0]

    def cues(self, frame: CanonicalFrame) -> Cues:
        no = torch.zeros(len(self.track), dtype=torch.bool)
        unseen = torch.full((len(no), 32, 32, 20), 2, dtype=torch.uint8)
        return Cues(*self.partners(frame), unseen, no, torch.zeros(len(no), 3), no)


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Networks:
    return opened(tmp_path_factory.mktemp("models") / "opened")


def tracks(egos: int = 2) -> Tensor:
    motion = random_motion(3, 60, (egos,)).to(torch.float32)
    return motion.joints() + torch.tensor([2.0, 0.0, 0.0])


def contexts(egos: int = 2) -> Motion:
    """(B, 3) of people who hang about, each elsewhere."""
    still = hanging(3)
    places = 0.3 * torch.arange(egos)[:, None, None] * torch.ones(3)
    places[..., 2] = 0
    rotations = still.rotations.expand(egos, -1, -1, -1, -1)
    return Motion(still.root_positions + places, rotations)


def silence(egos: int = 2) -> Words:
    return Words(torch.zeros(egos, 384), torch.zeros(egos, dtype=torch.bool))


def streamed(
    engine: Engine,
    stream: Stream,
    track: Tensor,
    frames: int = 20,
    weights: dict[str, float] = HHI,
) -> tuple[Motion, list[Stream]]:
    """(B, frames) as shown, and the streams before each of them and after the last."""
    shown, streams = [], [stream]
    for tick in range(frames):
        senses = PartnerSenses(track, tick)
        coming, stream = engine.step(stream, senses, silence(len(track)), weights)
        shown.append(coming.frames(0, 1))
        streams.append(stream)
    return concatenate(shown), streams


def row(motion: Motion, ego: int) -> Motion:
    one = slice(ego, ego + 1)
    return Motion(motion.root_positions[one], motion.rotations[one])


def values(stream: Stream) -> Iterator[Tensor]:
    """Everything of a stream that a step could write over."""
    yield from (stream.recent.root_positions, stream.recent.rotations, *stream.noise)
    if stream.segment is not None:
        yield from (stream.segment.latent, stream.segment.history)
    if stream.coming is not None:
        denoising = stream.coming.denoising
        yield from (denoising.latent, torch.tensor(denoising.remaining), *denoising.clipped)
        yield from stream.coming.given
    if stream.seam is not None:
        yield from (stream.seam.root, stream.seam.turns)
    if stream.footing is not None:
        yield from (stream.footing.balls, stream.footing.off)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_a_batch_is_each_of_its_egos_alone(networks: Networks, plan: Plan) -> None:
    engine, track = Engine(networks, plan), tracks()
    both, _ = streamed(engine, Stream.continuing(contexts(), seed=7), track)
    assert both.root_positions.shape == (2, 20, 3)
    assert both.joints().isfinite().all()
    for ego in range(2):
        alone, _ = streamed(
            engine, Stream.continuing(row(contexts(), ego), seed=7 + ego), track[ego : ego + 1]
        )
        torch.testing.assert_close(row(both, ego).joints(), alone.joints(), atol=2e-3, rtol=0)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_streams_can_be_kept_and_gone_on_from(networks: Networks, plan: Plan) -> None:
    engine, track = Engine(networks, plan), tracks()
    _, streams = streamed(engine, Stream.continuing(contexts(), seed=1), track, frames=12)
    for tick, stream in enumerate(streams):
        before = [value.clone() for value in values(stream)]
        senses = PartnerSenses(track, tick)
        first, after = engine.step(stream, senses, silence(), HHI)
        again, also_after = engine.step(stream, senses, silence(), HHI)
        assert torch.equal(first.root_positions, again.root_positions)
        assert torch.equal(first.rotations, again.rotations)
        pairs = zip(values(after), values(also_after), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)
        now = list(values(stream))
        assert all(torch.equal(a, b) for a, b in zip(before, now, strict=True))


def test_who_continues_moves_at_once_and_who_stands_waits_for_a_segment(
    networks: Networks,
) -> None:
    engine, track = Engine(networks), tracks()
    start = Stream.continuing(contexts(), seed=1)
    assert start.place == 0
    _, streams = streamed(engine, start, track, frames=1)
    assert streams[1].segment is not None
    places = torch.tensor([[0.0, 0.0, 0.0], [1.0, 2.0, 0.0]])
    standing = engine.standing(places, torch.eye(3).expand(2, 3, 3), seed=1)
    shown, streams = streamed(engine, standing, track, frames=7)
    assert [stream.segment is None for stream in streams] == [True] * 7 + [False]
    still = shown.root_positions[:, :6]
    torch.testing.assert_close(still, still[:, :1].expand_as(still))
    torch.testing.assert_close(still[:, 0, :2], places[:, :2])


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_places_of_the_segment_and_what_is_still_to_come(networks: Networks, plan: Plan) -> None:
    engine, track = Engine(networks, plan), tracks()
    stream = Stream.continuing(contexts(), seed=1)
    places, lengths = [], []
    for tick in range(10):
        places.append(stream.place)
        coming, stream = engine.step(stream, PartnerSenses(track, tick), silence(), HHI)
        lengths.append(len(coming))
    assert places == ([0] * 10 if plan.slide else [0, 1, 2, 3, 4, 5, 6, 7, 0, 1])
    assert lengths == [8 - place for place in places]


@pytest.mark.parametrize(("ahead_from", "answers"), [(None, True), (2, False)])
def test_news_at_the_boundary_reach_a_segment_that_is_denoised_when_it_is_due(
    networks: Networks, ahead_from: int | None, answers: bool
) -> None:
    engine, track = Engine(networks, Plan(ahead_from=ahead_from, refine=False)), tracks()
    _, streams = streamed(engine, Stream.continuing(contexts(), seed=1), track, frames=16)
    news = track.clone()
    news[:, 16 + PARTNER_FRAMES - 1 :] += 0.5
    usual, _ = engine.step(streams[16], PartnerSenses(track, 16), silence(), HHI)
    other, _ = engine.step(streams[16], PartnerSenses(news, 16), silence(), HHI)
    assert torch.equal(usual.root_positions, other.root_positions) != answers


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_nothing_later_than_the_tick_reaches_the_egos(networks: Networks, plan: Plan) -> None:
    engine, track = Engine(networks, plan), tracks()
    start = Stream.continuing(contexts(), seed=1)
    usual, _ = streamed(engine, start, track, frames=28)
    for tick in (5, 8, 11):
        news = track.clone()
        news[:, tick + PARTNER_FRAMES :] += 0.5
        other, _ = streamed(engine, start, news, frames=28)
        same = usual.joints() == other.joints()
        assert same[:, : tick + 1].all()
        assert not same.all()


def test_adapters_that_the_model_lacks_change_nothing(networks: Networks) -> None:
    engine, track = Engine(networks), tracks()
    start = Stream.continuing(contexts(), seed=1)
    for weights in ({}, HHI):
        known, _ = streamed(engine, start, track, weights=weights)
        more, _ = streamed(engine, start, track, weights=weights | {"dance": 1.0})
        assert torch.equal(known.joints(), more.joints())


@dataclass(frozen=True)
class Unseen(PartnerSenses):
    """The same partner, whom the first ego does not see."""

    def partners(self, frame: CanonicalFrame) -> tuple[Tensor, Tensor]:
        features, present = super().partners(frame)
        present = present.clone()
        present[0] = False
        return features, present


def test_an_adapter_that_has_nothing_to_heed_is_not_mixed(networks: Networks) -> None:
    engine, track = Engine(networks), tracks()
    start = Stream.continuing(contexts(), seed=1)

    def joints(weights: dict[str, float]) -> Tensor:
        shown, stream = [], start
        for tick in range(12):
            coming, stream = engine.step(stream, Unseen(track, tick), silence(), weights)
            shown.append(coming.frames(0, 1).joints())
        return torch.cat(shown, dim=1)

    mixed, prior = joints({"hhi": 1.0, "hsi": 1.0}), joints({})
    torch.testing.assert_close(mixed[0], prior[0], atol=1e-4, rtol=0)
    assert (mixed[1] - prior[1]).abs().max() > 1e-2


def test_egos_do_not_notice_that_their_feet_are_held(networks: Networks) -> None:
    """Who heeds nothing about it goes on as it would, if perhaps elsewhere."""
    track = tracks()
    held, free = Engine(networks), Engine(networks, Plan(footing=False))
    _, streams = streamed(held, Stream.continuing(contexts(), seed=1), track, weights={})
    _, others = streamed(free, Stream.continuing(contexts(), seed=1), track, weights={})
    mine, theirs = streams[-1].recent, others[-1].recent
    torch.testing.assert_close(mine.rotations, theirs.rotations)
    torch.testing.assert_close(
        mine.root_positions.diff(dim=1), theirs.root_positions.diff(dim=1), atol=1e-5, rtol=0
    )
    assert others[-1].footing is None and streams[-1].footing is not None


def test_a_stream_elsewhere_is_the_same_stream(networks: Networks) -> None:
    """Everything shown is as far away as it was put."""
    engine, track, shift = Engine(networks), tracks(), torch.tensor([[0.7, -0.4, 0.0]])
    _, streams = streamed(engine, Stream.continuing(contexts(), seed=1), track, weights={})
    # Feet that are held would be held where they were.
    start = replace(streams[-1], footing=None)
    here, _ = streamed(engine, start, track, weights={})
    there, _ = streamed(engine, start.elsewhere(shift), track, weights={})
    torch.testing.assert_close(there.joints(), here.joints() + shift[:, None], atol=1e-3, rtol=0)


def test_a_plan_that_slides_does_nothing_ahead() -> None:
    with pytest.raises(ValidationError, match="ahead_from must be None"):
        Plan(slide=True)


def test_seeds_of_neighbours_differ() -> None:
    noise = Stream.continuing(contexts(), seed=1).noise
    other = Stream.continuing(contexts(), seed=2).noise
    assert not torch.equal(noise[0], noise[1]) and torch.equal(noise[1], other[0])


def test_the_tick_that_encodes_denoises_less(networks: Networks) -> None:
    engine, track = Engine(networks), tracks()
    _, streams = streamed(engine, Stream.continuing(contexts(), seed=1), track, frames=16)
    remaining = [s.coming.denoising.remaining if s.coming else None for s in streams[:9]]
    assert remaining == [None, None, None, 10, 8, 6, 4, 2, 0]
