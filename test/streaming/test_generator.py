from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.cues.occupancy import FREE, OCCUPIED, OccupancyGrid
from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.streaming import generator as generating
from remogen_ros.streaming.bundle import load_bundle, save_bundle, save_untrained
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Frame, Observation
from test.motion.strategies import random_motion

FRAMES = 30


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_untrained(folder)
    return folder


@pytest.fixture(scope="module")
def open_gates(untrained: Path) -> Path:
    """The same model with adapters and refinement that do something, as trained ones do."""
    networks = load_bundle(untrained).networks
    random = torch.Generator().manual_seed(5)
    for module in (networks.adapters, networks.refinement):
        for parameter in module.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=random))
    folder = untrained.with_name("open")
    save_bundle(networks, folder, "none: random weights")
    return folder


def partner_track(seed: int, frames: int = FRAMES + PARTNER_FRAMES) -> torch.Tensor:
    """(frames, 22, 3) of a partner two metres ahead of the origin."""
    motion = random_motion(seed, frames).to(torch.float32)
    return motion.joints() + torch.tensor([2.0, 0.0, 0.0])


def stream(
    generator: Generator,
    track: torch.Tensor,
    weights: dict[str, float],
    frames: int = FRAMES,
    occupancy: OccupancyGrid | None = None,
) -> list[Frame]:
    shown = []
    for tick in range(frames):
        window = track[None, tick : tick + PARTNER_FRAMES]
        partners = PartnerWindow(window, torch.ones(window.shape[:-1], dtype=torch.bool))
        shown.append(generator.step(Observation(partners, occupancy, adapter_weights=weights)))
    return shown


def joints(frames: list[Frame]) -> np.ndarray:
    return np.stack([frame.joint_positions for frame in frames])


def test_frames_are_consistent_poses(open_gates: Path) -> None:
    for number, frame in enumerate(
        stream(Generator.load(open_gates), partner_track(1), {"hhi": 1.0})
    ):
        assert frame.index == number
        np.testing.assert_allclose(np.linalg.norm(frame.joint_rotations, axis=-1), 1, atol=1e-5)
        np.testing.assert_allclose(frame.joint_positions[0], frame.root_position, atol=1e-6)
        assert len(frame.horizon_root_positions) == len(frame.horizon_joint_rotations)
        assert np.isfinite(frame.joint_positions).all()


def test_the_horizon_shrinks_to_the_segment_end_and_starts_anew(open_gates: Path) -> None:
    shown = stream(Generator.load(open_gates), partner_track(1), {})
    starts = [frame.index for frame in shown if frame.segment_start]
    assert starts == [6, 14, 22]
    assert [len(frame.horizon_root_positions) for frame in shown[6:15]] == [
        7, 6, 5, 4, 3, 2, 1, 0, 7,
    ]  # fmt: skip


def test_without_refinement_the_horizon_is_what_comes(open_gates: Path) -> None:
    shown = stream(Generator.load(open_gates), partner_track(1), {})
    for offset in range(1, 8):
        np.testing.assert_allclose(
            shown[6].horizon_root_positions[offset - 1],
            shown[6 + offset].root_position,
            atol=1e-5,
        )


def test_same_seed_same_motion_and_another_seed_another(open_gates: Path) -> None:
    generator = Generator.load(open_gates, seed=7)
    first = joints(stream(generator, partner_track(1), {"hhi": 1.0}))
    generator.reset()
    again = joints(stream(generator, partner_track(1), {"hhi": 1.0}))
    generator.reset(seed=8)
    other = joints(stream(generator, partner_track(1), {"hhi": 1.0}))
    assert np.array_equal(first, again)
    assert not np.allclose(first[10:], other[10:])


def test_untrained_adapters_stream_the_prior_bit_for_bit(untrained: Path) -> None:
    generator = Generator.load(untrained)
    alone = joints(stream(generator, partner_track(1), {}))
    generator.reset()
    mixed = joints(stream(generator, partner_track(1), {"hhi": 0.5, "hsi": 0.5}))
    assert np.array_equal(alone, mixed)


def test_adapters_that_learned_something_change_the_reaction(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    alone = joints(stream(generator, partner_track(1), {}))
    generator.reset()
    reacting = joints(stream(generator, partner_track(1), {"hhi": 1.0}))
    assert not np.allclose(alone[10:], reacting[10:])


def test_nothing_later_than_the_tick_is_looked_at(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    track = partner_track(1)
    disturbed = track.clone()
    tick = 17
    disturbed[tick + PARTNER_FRAMES :] += 0.5
    first = joints(stream(generator, track, {"hhi": 1.0}))
    generator.reset()
    second = joints(stream(generator, disturbed, {"hhi": 1.0}))
    assert np.array_equal(first[: tick + 1], second[: tick + 1])
    # Refinement answers at the very next frame, in the middle of a segment.
    assert not np.array_equal(first[tick + 1], second[tick + 1])


def test_the_prior_alone_sees_no_partner(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    first = joints(stream(generator, partner_track(1), {"hhi": 0.0}))
    generator.reset()
    assert np.array_equal(first, joints(stream(generator, partner_track(2), {"hhi": 0.0})))


def test_the_room_changes_the_scene_adapter_only(open_gates: Path) -> None:
    cells = torch.full((60, 60, 20), FREE, dtype=torch.uint8)
    cells[35:40] = OCCUPIED
    room = OccupancyGrid(cells, torch.tensor([-3.0, -3.0, 0.0]))
    generator = Generator.load(open_gates)
    for weights, same in (({"hsi": 1.0}, False), ({"hhi": 1.0}, True)):
        generator.reset()
        free = joints(stream(generator, partner_track(1), weights))
        generator.reset()
        blocked = joints(stream(generator, partner_track(1), weights, occupancy=room))
        assert np.array_equal(free, blocked) == same


def test_reset_places_and_turns_the_ego(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    generator.reset(position_xy=(3.0, -2.0), yaw=np.pi / 2)
    frame = generator.step(Observation())
    np.testing.assert_allclose(frame.root_position[:2], [3.0, -2.0], atol=1e-6)
    across = frame.joint_positions[1] - frame.joint_positions[2]
    # Facing +y, the left hip is on the -x side.
    assert across[0] < -0.1 and abs(across[1]) < 1e-3


def test_the_motion_does_not_depend_on_where_the_world_began(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    here = joints(stream(generator, partner_track(1), {"hhi": 1.0}, frames=20))
    generator.reset(position_xy=(1.0, 2.0))
    moved = partner_track(1) + torch.tensor([1.0, 2.0, 0.0])
    there = joints(stream(generator, moved, {"hhi": 1.0}, frames=20))
    np.testing.assert_allclose(there - [1.0, 2.0, 0.0], here, atol=2e-3)


def test_only_the_newest_intents_are_remembered(
    open_gates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []

    class Encoder:
        def encode(self, texts: list[str]) -> torch.Tensor:
            encoded.extend(texts)
            return torch.zeros(len(texts), 384)

    monkeypatch.setattr(generating, "text_encoder", lambda name: Encoder())
    monkeypatch.setattr(generating, "REMEMBERED_INTENTS", 2)
    generator = Generator.load(open_gates)
    for intent in ("wave", "wave", "sit", "go", "go", "wave"):
        generator.prepare_intent(intent)
    assert encoded == ["wave", "sit", "go", "wave"]


def test_any_number_of_partners(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    for count in (0, 1, 3):
        window = torch.randn(count, PARTNER_FRAMES, 22, 3)
        valid = torch.ones(count, PARTNER_FRAMES, 22, dtype=torch.bool)
        generator.reset()
        for _ in range(12):
            frame = generator.step(
                Observation(PartnerWindow(window, valid), adapter_weights={"hhi": 1.0})
            )
        assert np.isfinite(frame.joint_positions).all()


def test_who_is_far_away_changes_no_bit_and_who_is_near_does(open_gates: Path) -> None:
    weights, first = {"hhi": 1.0}, partner_track(1)

    def beside(metres: float) -> np.ndarray:
        """The ego's joints, the first partner having another one beside it."""
        both = torch.stack((first, partner_track(2) + torch.tensor([0.0, metres, 0.0])))
        generator, shown = Generator.load(open_gates), []
        for tick in range(FRAMES):
            window = both[:, tick : tick + PARTNER_FRAMES]
            partners = PartnerWindow(window, torch.ones(window.shape[:-1], dtype=torch.bool))
            shown.append(generator.step(Observation(partners, adapter_weights=weights)))
        return joints(shown)

    alone = joints(stream(Generator.load(open_gates), first, weights))
    assert np.array_equal(alone, beside(30.0))
    assert not np.array_equal(alone, beside(1.0))


def test_a_fixed_mix_is_reported_as_it_was_given(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    given = {"hhi": 0.25, "hsi": 1.5}
    assert generator.step(Observation(adapter_weights=given)).adapter_weights == given


def test_an_automatic_mix_follows_what_is_around_and_is_reported(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    alone = Observation(adapter_weights={"hhi": 1.0, "hsi": 1.0}, mix="auto")
    called = replace(alone, goal=np.array([2.0, 0.0, 0.0], np.float32))
    weights = [dict(generator.step(alone).adapter_weights) for _ in range(3)]
    assert weights == [{"hhi": 1.0, "hsi": 0.0}] * 3
    hsi = [generator.step(called).adapter_weights["hsi"] for _ in range(12)]
    assert hsi == pytest.approx([min(1.0, 0.1 * tick) for tick in range(1, 13)], abs=1e-5)
    generator.reset()
    assert generator.step(called).adapter_weights == {"hhi": 0.0, "hsi": 1.0}


def test_an_automatic_mix_streams_as_the_weights_that_it_reports(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    window = partner_track(1)[None, :PARTNER_FRAMES]
    partners = PartnerWindow(window, torch.ones(window.shape[:-1], dtype=torch.bool))
    goal = np.array([2.0, 0.0, 0.0], np.float32)
    around = Observation(partners, goal=goal, adapter_weights={"hhi": 0.8, "hsi": 0.5}, mix="auto")
    own = [generator.step(around) for _ in range(20)]
    assert all(0 < frame.adapter_weights["hhi"] <= 0.8 for frame in own)
    assert all(0 < frame.adapter_weights["hsi"] <= 0.5 for frame in own)
    generator.reset()
    told = [
        generator.step(replace(around, adapter_weights=frame.adapter_weights, mix="fixed"))
        for frame in own
    ]
    assert np.array_equal(joints(own), joints(told))


def test_an_adapter_that_is_not_listed_is_not_mixed_automatically(open_gates: Path) -> None:
    generator = Generator.load(open_gates)
    goal = np.array([2.0, 0.0, 0.0], np.float32)
    shown = generator.step(Observation(goal=goal, adapter_weights={"hhi": 1.0}, mix="auto"))
    assert shown.adapter_weights == {"hhi": 0.0}
    generator.reset()
    lacking = Observation(adapter_weights={"hsi": 1.0, "gaze": 0.5}, mix="auto")
    assert generator.step(lacking).adapter_weights == {"hsi": 0.0, "gaze": 0.5}
