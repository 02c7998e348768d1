"""What the training phases consume: windows of motion with everything the ego could perceive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from remogen_ros.cues.occupancy import EGO_CELLS, UNSEEN
from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow, partner_features
from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.poses import Motion
from remogen_ros.networks.adapter import Cues
from remogen_ros.networks.precision import exact
from remogen_ros.training.losses import Beside
from remogen_ros.training.randomness import Randomness


class Room(Protocol):
    """Rooms of a batch of windows."""

    def ego_occupancy(self, frame: CanonicalFrame) -> Tensor:
        """(B) canonical frames -> (B, 32, 32, 20) uint8 cell states."""

    def to(self, device: torch.device | str) -> Room:
        """The same on another device."""


@dataclass(frozen=True)
class Window:
    """A batch of training windows, in world frames of their own.

    Attributes:
        motion: (B, T) ego frames at 10 Hz.
        text: (B, width) sentence embeddings of what the ego does.
        text_known: (B,) bool.
        acts: (B, T) bool, when it does so; None for all the time.
        idle: (width,) embedding of what is said of it while it does not.
        partner: (B, T + 15, 22, 3) partner joints; frame t + 15 is simultaneous with ego frame t.
            None without a partner.
        partner_seen: (B, T + 15, 22) bool, which of them are reported; None for all.
        bystanders: (B, K, T + 15, 22, 3) joints of others, who mean somebody else; None for nobody.
        bystanders_seen: (B, K, T + 15, 22) bool, which of them are reported.
        room: or None where nothing is known of it.
        goal: (B, 3) in the world, or None.
        goal_given: (B,) bool, for whom the goal is known; None for everyone.
        clips: B names of the clips that the windows are of, for messages; empty where unknown.
    """

    motion: Motion
    text: Tensor
    text_known: Tensor
    acts: Tensor | None = None
    idle: Tensor | None = None
    partner: Tensor | None = None
    partner_seen: Tensor | None = None
    bystanders: Tensor | None = None
    bystanders_seen: Tensor | None = None
    room: Room | None = None
    goal: Tensor | None = None
    goal_given: Tensor | None = None
    clips: tuple[str, ...] = ()

    def to(self, device: torch.device | str) -> Window:
        """The same windows on another device."""

        def there(value: Tensor | None) -> Tensor | None:
            return None if value is None else value.to(device, non_blocking=True)

        return Window(
            self.motion.to(device),
            self.text.to(device, non_blocking=True),
            self.text_known.to(device, non_blocking=True),
            there(self.acts),
            there(self.idle),
            there(self.partner),
            there(self.partner_seen),
            there(self.bystanders),
            there(self.bystanders_seen),
            None if self.room is None else self.room.to(device),
            there(self.goal),
            there(self.goal_given),
            self.clips,
        )

    def damaged(self) -> list[int]:
        """Which windows hold a number that is not finite."""
        told = self.motion
        values = (
            told.root_positions,
            told.rotations,
            told.known_joints,
            self.text,
            self.partner,
            self.goal,
        )
        # A sum is finite when all of it is, and is several times faster than looking at each.
        present = [value for value in values if value is not None]
        if all(math.isfinite(float(value.sum())) for value in present):
            return []
        whole = torch.stack([value.isfinite().flatten(1).all(1) for value in present]).all(0)
        return (~whole).nonzero()[:, 0].tolist()

    def words(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """What would be said of ego frames start .. stop - 1: (B, width), and (B,) if it is known.

        Whoever is told to wave waves now, not at some time of the clip: of a segment in which the
        ego only stands, the words of the clip would teach that words mean nothing.
        """
        if self.acts is None or self.idle is None:
            return self.text, self.text_known
        acts = self.acts[:, start:stop].any(1)
        return torch.where(acts[:, None], self.text, self.idle), self.text_known | ~acts

    @exact
    def beside(self, start: int, stop: int, frame: CanonicalFrame) -> Beside | None:
        """The partner at ego frames start .. stop - 1, seen from (B) frames; None without one.

        That is what is to come: for losses alone.
        """
        if self.partner is None:
            return None
        coming = slice(start + PARTNER_FRAMES - 1, stop + PARTNER_FRAMES - 1)
        joints = self.partner[:, coming]
        seen = torch.ones_like(joints[..., 0], dtype=torch.bool)
        if self.partner_seen is not None:
            seen = self.partner_seen[:, coming]
        return Beside(
            frame.points_to_local(joints.flatten(1, 2)).unflatten(1, joints.shape[1:3]), seen
        )

    def people(self, now: int) -> PartnerWindow:
        """Who is seen at ego frame `now`: the partner first, then the others."""
        past = slice(now, now + PARTNER_FRAMES)
        if self.partner is None:
            nobody, batch = PartnerWindow.nobody(self.text.device), len(self.text)
            return PartnerWindow(
                nobody.positions.expand(batch, -1, -1, -1, -1),
                nobody.valid.expand(batch, -1, -1, -1),
            )
        positions = self.partner[:, None, past]
        if self.partner_seen is None:
            valid = torch.ones_like(positions[..., 0], dtype=torch.bool)
        else:
            valid = self.partner_seen[:, None, past]
        if self.bystanders is None or self.bystanders_seen is None:
            return PartnerWindow(positions, valid)
        return PartnerWindow(
            torch.cat((positions, self.bystanders[:, :, past]), dim=1),
            torch.cat((valid, self.bystanders_seen[:, :, past]), dim=1),
        )

    def cues(self, now: int, frame: CanonicalFrame) -> Cues:
        """What the egos perceive at ego frame `now`, seen from `frame`: nothing later than it."""
        batch, device = len(self.text), self.text.device
        yes = torch.ones(batch, dtype=torch.bool, device=device)
        no = ~yes
        people = self.people(now)
        features = partner_features(people, frame)
        if self.room is None:
            unseen = torch.full((1, *EGO_CELLS), UNSEEN, dtype=torch.uint8, device=device)
            occupancy = unseen.expand(batch, -1, -1, -1)
        else:
            occupancy = self.room.ego_occupancy(frame)
        goal, goal_known = torch.zeros(batch, 3, device=device), no
        if self.goal is not None:
            goal = frame.points_to_local(self.goal[:, None])[:, 0]
            goal_known = yes if self.goal_given is None else self.goal_given
        return Cues(
            partners=features,
            partner_present=people.valid.flatten(2).any(-1),
            occupancy=occupancy,
            scene_known=no if self.room is None else yes,
            goal=goal,
            goal_known=goal_known,
        )


class Source(Protocol):
    """Draws batches of training windows."""

    @property
    def digest(self) -> str:
        """Of the clips that are drawn: of others, a run would not go on as it began."""

    def draw(self, batch: int, frames: int, random: Randomness) -> Window:
        """`batch` windows of `frames` ego frames each."""
