"""Pictures of what the model does by now, while it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from remogen_ros.diffusion.sampler import Conditions
from remogen_ros.diffusion.schedule import cosine_schedule
from remogen_ros.embodiment.colours import EGO, HORIZON, PARTNER, Colour
from remogen_ros.networks.adapter import Adapter
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.mixing import AdapterMix
from remogen_ros.training.ageing import aged_cues
from remogen_ros.training.batches import Source, Window
from remogen_ros.training.drawing import Drawing
from remogen_ros.training.phases import Sources
from remogen_ros.training.randomness import Randomness
from remogen_ros.training.rollouts import generated, posed
from remogen_ros.training.segments import (
    CONTEXT_FRAMES,
    FUTURE_FRAMES,
    segment_of,
    window_frames,
)

_SEGMENTS = 4
_SEED = 7
_LEAD = 15
"""Partner frames before the first ego frame, see `Window`."""


@dataclass(frozen=True)
class Samples:
    """Draws one held-out window again and again: what was recorded, and what the model makes of it.

    Attributes:
        networks: in training.
        held_out: where the window comes from.
        folder: for the pictures, `<phase>_<step>.png`.
    """

    networks: Networks
    held_out: Sources
    folder: Path

    def __call__(self, phase: str, step: int) -> None:
        """Draw, if the phase shows in movement; orange is the model, light orange the truth."""
        name = phase.split("_")[0]
        adapter = dict(self.networks.adapters.items()).get(name)
        source = self.held_out.by_adapter.get(name) if adapter else self.held_out.single
        unseen = ("vae", "refinement", f"{name}_intent", f"{name}_salience")
        if phase in unseen or source is None:
            return
        mixed = [(adapter, 1.0)] if isinstance(adapter, Adapter) else []
        # Open3D takes seconds to import.
        from remogen_ros.rendering.strip import motion_strip

        window, joints = _continued(self.networks, mixed, source)
        bodies: list[tuple[str, Colour, Tensor]] = [
            ("recorded", HORIZON, window.motion.joints()[0]),
            ("model", EGO, joints[0]),
        ]
        if window.partner is not None:
            bodies.append(("partner", PARTNER, window.partner[0, _LEAD:]))
        self.folder.mkdir(parents=True, exist_ok=True)
        motion_strip(
            [(name, colour, body.cpu().numpy()) for name, colour, body in bodies],
            self.folder / f"{phase}_{step}.png",
            every=4,
            columns=9,
            panel=(200, 200),
        )


@torch.no_grad()
def _continued(
    networks: Networks, adapters: list[tuple[Adapter, float]], source: Source
) -> tuple[Window, Tensor]:
    """A window, and the joints (1, T, 22, 3) that the model shows from its first poses on."""
    prior = networks.prior
    random = Randomness.of(_SEED, device=prior.feature_mean.device)
    window = Drawing(source, 1, random).window(window_frames(_SEGMENTS))
    schedule = cosine_schedule(networks.config.diffusion.steps).to(random.place)
    context = window.motion.frames(0, CONTEXT_FRAMES)
    joints = [context.joints()]
    for number in range(_SEGMENTS):
        start = CONTEXT_FRAMES + number * FUTURE_FRAMES
        true_future = window.motion.frames(start, start + FUTURE_FRAMES)
        segment = segment_of(context, true_future, start, prior.statistics)
        text, known = window.words(start, start + FUTURE_FRAMES)
        cues = aged_cues(window, segment, 0)
        given = Conditions(segment.history, text, known, cues)
        mix = AdapterMix.of(adapters, cues) if adapters else None
        shown = posed(prior, generated(prior, mix, schedule, segment, given, random), segment)
        joints.append(shown.joints())
        context = shown.frames(-CONTEXT_FRAMES, None)
    return window, torch.cat(joints, dim=1)
