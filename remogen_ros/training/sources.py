"""Training windows drawn from prepared corpora."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.data.room_windows import RoomWindows
from remogen_ros.data.scattered_rooms import scatter
from remogen_ros.data.windows import DuetWindows, People, SingleWindows, Windows
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.poses import Motion
from remogen_ros.networks.text import TextEncoder
from remogen_ros.training.batches import Room, Source, Window
from remogen_ros.training.config import TrackingNoise
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.tracking import as_tracked

_GOAL_KNOWN = 0.8


def embedded(texts: tuple[str, ...], encoder: TextEncoder, batch: int = 256) -> Tensor:
    """(N,) texts -> (N, width) sentence embeddings."""
    return torch.cat(
        [encoder.encode(list(texts[i : i + batch])) for i in range(0, len(texts), batch)]
    )


def named(people: People, windows: Windows) -> tuple[str, ...]:
    """Names of the clips that a batch was drawn from."""
    return tuple(windows.names[clip] for clip in people.clips.tolist())


@dataclass(frozen=True)
class SingleSource:
    """One person, nothing around: what the prior learns from."""

    windows: SingleWindows
    embeddings: Tensor
    idle: Tensor
    """(width,) embedding of doing nothing."""

    @property
    def digest(self) -> str:
        """See `Source`."""
        return self.windows.digest

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        """See `Source`."""
        drawn = self.windows.draw(batch, frames, random.host)
        known = torch.ones(batch, dtype=torch.bool, device=self.idle.device)
        return Window(
            drawn.motion,
            self.embeddings[drawn.texts],
            known,
            drawn.acts,
            self.idle,
            clips=named(drawn, self.windows),
        )


@dataclass(frozen=True)
class MixedRooms:
    """Rooms of several kinds, of so many egos each."""

    rooms: tuple[Room, ...]
    egos: tuple[int, ...]

    def ego_occupancy(self, frame: CanonicalFrame) -> Tensor:
        """(B) canonical frames -> (B, 32, 32, 20) uint8 cell states."""
        frames = zip(frame.rotation.split(self.egos), frame.origin.split(self.egos), strict=True)
        seen = [
            room.ego_occupancy(CanonicalFrame(rotation, origin))
            for room, (rotation, origin) in zip(self.rooms, frames, strict=True)
        ]
        return torch.cat(seen)

    def to(self, device: torch.device | str) -> MixedRooms:
        """The same on another device."""
        return MixedRooms(tuple(room.to(device) for room in self.rooms), self.egos)


@dataclass(frozen=True)
class MixedSource:
    """Batches of several sources in one, all with or all without rooms.

    The egos of pairs bring the prior what clips of single actions lack, standing and setting off;
    and the scene adapter that a room alone is no reason to go anywhere.
    """

    members: tuple[Source, ...]

    @property
    def digest(self) -> str:
        """See `Source`."""
        return " ".join(member.digest for member in self.members)

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        """See `Source`; each member gives an equal share of the batch."""
        shares = [(batch + place) // len(self.members) for place in range(len(self.members))]
        windows = [
            member.draw(share, frames, random)
            for member, share in zip(self.members, shares, strict=True)
            if share
        ]
        motion = Motion(
            torch.cat([w.motion.root_positions for w in windows]),
            torch.cat([w.motion.rotations for w in windows]),
            torch.cat([w.motion.joints() for w in windows]),
        )
        rooms = tuple(w.room for w in windows if w.room is not None)
        return Window(
            motion,
            torch.cat([w.text for w in windows]),
            torch.cat([w.text_known for w in windows]),
            _together([w.acts for w in windows]),
            windows[0].idle,
            room=MixedRooms(rooms, tuple(len(w.text) for w in windows)) if rooms else None,
            goal=_together([w.goal for w in windows]),
            goal_given=_together([w.goal_given for w in windows]),
            clips=tuple(name for window in windows for name in window.clips),
        )


def _together(parts: list[Tensor | None]) -> Tensor | None:
    given = [part for part in parts if part is not None]
    return torch.cat(given) if given else None


@dataclass(frozen=True)
class DuetSource:
    """A person and a partner: what the human-human adapter and the refinement learn from."""

    windows: DuetWindows
    embeddings: Tensor
    telling: Tensor
    """(N,) bool, which texts tell what to do; one that does not counts as not given."""
    idle: Tensor
    noise: TrackingNoise

    @property
    def digest(self) -> str:
        """See `Source`."""
        return self.windows.digest

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        """See `Source`."""
        drawn = self.windows.draw(batch, frames, random.host)
        ego = drawn.motion.joints()
        partner, seen = as_tracked(drawn.partner, ego, self.noise, random.device)
        return Window(
            drawn.motion,
            self.embeddings[drawn.texts],
            self.telling[drawn.texts],
            drawn.acts,
            self.idle,
            partner,
            seen,
            clips=named(drawn, self.windows),
        )


@dataclass(frozen=True)
class RoomSource:
    """A person among scattered boxes, on the way to where the window ends."""

    people: Source

    @property
    def digest(self) -> str:
        """See `Source`."""
        return self.people.digest

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        """See `Source`."""
        window = self.people.draw(batch, frames, random)
        joints = window.motion.joints()
        goal = window.motion.root_positions[:, -1].clone()
        goal[:, 2] = 0.0
        known = random.chance(_GOAL_KNOWN, batch)
        return Window(
            window.motion,
            window.text,
            window.text_known,
            window.acts,
            window.idle,
            room=scatter(joints, random.device),
            goal=goal,
            goal_given=known,
            clips=window.clips,
        )


@dataclass(frozen=True)
class FurnishedSource:
    """A person in a furnished room, on the way to where the clip ends."""

    windows: RoomWindows
    embeddings: Tensor
    idle: Tensor

    @property
    def digest(self) -> str:
        """See `Source`."""
        return self.windows.digest

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        """See `Source`."""
        drawn = self.windows.draw(batch, frames, random.host)
        given = random.chance(_GOAL_KNOWN, batch)
        known = torch.ones(batch, dtype=torch.bool, device=self.idle.device)
        return Window(
            drawn.motion,
            self.embeddings[drawn.texts],
            known,
            drawn.acts,
            self.idle,
            room=drawn.surroundings,
            goal=drawn.goal,
            goal_given=given & drawn.goal_known,
            clips=named(drawn, self.windows),
        )
