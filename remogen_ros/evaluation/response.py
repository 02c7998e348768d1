"""How soon an ego answers to what its partner does, and that it never does so too early.

Both compare two roll-outs of one seed, in one of which the partner does something else from some
frame on: a counterfactual. The model's own randomness is the same in both.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from remogen_ros.cues.partners import PARTNER_FRAMES
from remogen_ros.evaluation.methods import Method
from remogen_ros.evaluation.rollouts import nothing_said
from remogen_ros.evaluation.takes import Take
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.networks.config import FUTURE_FRAMES
from remogen_ros.streaming.engine import Engine
from remogen_ros.streaming.stream import Stream
from remogen_ros.training.segments import CONTEXT_FRAMES

DIFFERENT, VISIBLE = 1e-4, 1e-2
"""Metres by which a joint must differ to count as an answer at all, and as one to be seen."""

_FIRST = 2 * FUTURE_FRAMES
"""Frame from which the partner is perturbed first; then one later, for every place of a segment."""

PATIENCE = 2 * FUTURE_FRAMES
"""Frames for which an answer is waited; one that comes later, or never, counts as so many."""

FRAMES = _FIRST + FUTURE_FRAMES + PATIENCE
"""Frames that are generated of a take; it needs as many."""

_ARM = [JOINT_INDEX[f"right_{part}"] for part in ("elbow", "wrist")]
_RAISED = ((0.0, 0.0, 0.3), (0.0, 0.0, 0.7))
"""By how much elbow and wrist of a perturbed partner are higher, metres."""


def perturbed(partner: Tensor, frame: int) -> Tensor:
    """The partner (B, T, 22, 3) with the right hand raised, all at once, from a frame on."""
    changed = partner.clone()
    changed[:, frame:, _ARM] += partner.new_tensor(_RAISED)
    return changed


def response_frames(
    before: Tensor, after: Tensor, frame: int, different: float = DIFFERENT
) -> Tensor:
    """Frames that an ego takes to answer.

    Args:
        before, after: (B, T, 22, 3) joints with the partner as it was, and perturbed.
        frame: the first in which the partner differs; an ego that answers in the very frame that
            is generated from it takes 1.
        different: metres by which any joint must differ.

    Returns:
        (B,) frames, infinite for who does not answer by the end.
    """
    differs = (after - before).norm(dim=-1).amax(-1)[:, frame:] > different
    first = differs.int().argmax(-1) + 1
    return torch.where(differs.any(-1), first.to(before), torch.inf)


def leaks(before: Tensor, after: Tensor, frame: int) -> Tensor:
    """(B,) bool, whether an ego differs in the least before the partner does."""
    return (after[:, :frame] != before[:, :frame]).flatten(1).any(-1)


@torch.inference_mode()
def responses(method: Method, take: Take, width: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Response times of the egos of a take; the partner is perturbed at every place of a segment.

    Args:
        method: nothing is said to its egos, be they told something otherwise or not.
        take: of FRAMES frames or more.
        width: of sentence embeddings.
        seed: of all randomness.

    Returns:
        (F, B) frames to any answer at all and (F, B) to a visible one, PATIENCE for none; and
        (F, B) bool, whether anything leaked.
    """
    engine = Engine(method.networks, method.plan)
    words = nothing_said(len(take.records), width)

    def shown(scene: Take, stream: Stream, first: int, last: int) -> tuple[Tensor, list[Stream]]:
        joints, streams = [], [stream]
        for frame in range(first, last):
            coming, stream = engine.step(stream, scene.senses(frame), words, method.weights)
            joints.append(coming.frames(0, 1).joints()[:, 0])
            streams.append(stream)
        return torch.stack(joints, dim=1), streams

    start = Stream.continuing(take.context, seed)
    before, streams = shown(take, start, 0, FRAMES)
    answers, seen, leaked = [], [], []
    for frame in range(_FIRST, _FIRST + FUTURE_FRAMES):
        other = _disturbed(take, frame)
        # Not the same beginning again: seen from there, what is to come must not show.
        early, _ = shown(other, streams[frame - FUTURE_FRAMES], frame - FUTURE_FRAMES, frame)
        late, _ = shown(other, streams[frame], frame, frame + PATIENCE)
        true = before[:, frame - FUTURE_FRAMES : frame + PATIENCE]
        after = torch.cat((early, late), dim=1)
        answers.append(response_frames(true, after, FUTURE_FRAMES).clamp_max(PATIENCE))
        visible = response_frames(true, after, FUTURE_FRAMES, VISIBLE)
        seen.append(visible.clamp_max(PATIENCE))
        leaked.append(leaks(true, after, FUTURE_FRAMES))
    return torch.stack(answers), torch.stack(seen), torch.stack(leaked)


def _disturbed(take: Take, frame: int) -> Take:
    """The take, with a partner perturbed from frame `frame` of T on."""
    partner = take.window.partner
    if partner is None:
        raise ValueError("nobody is there to be perturbed")
    first = PARTNER_FRAMES - 1 + CONTEXT_FRAMES + frame
    return replace(take, window=replace(take.window, partner=perturbed(partner, first)))
