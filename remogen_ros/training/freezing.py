"""Proof that a phase left alone what it should."""

from __future__ import annotations

import hashlib

from torch import nn

Digests = dict[str, str]
"""Name of a tensor -> hash of its bytes."""


class ThawedError(RuntimeError):
    """A part that was to be kept as it is has changed: a fault of the program, not of the user."""


def frozen_digests(networks: nn.Module, trained: nn.Module) -> Digests:
    """Hashes of every parameter and buffer of `networks` that is not to be trained.

    Args:
        networks: all of them.
        trained: the part in training; of it, parameters that need no gradient are frozen too.
    """
    ours = {id(p) for p in trained.parameters() if p.requires_grad}
    ours |= {id(buffer) for buffer in trained.buffers()}
    tensors = [*networks.named_parameters(), *networks.named_buffers()]
    return {
        name: hashlib.blake2b(tensor.detach().cpu().contiguous().numpy().tobytes()).hexdigest()
        for name, tensor in tensors
        if id(tensor) not in ours
    }


def check_frozen(before: Digests, networks: nn.Module, trained: nn.Module, phase: str) -> None:
    """Compare with what was.

    Raises:
        ThawedError: a frozen tensor is not bit-equal to what it was before the phase.
    """
    after = frozen_digests(networks, trained)
    changed = sorted(name for name, digest in before.items() if after.get(name) != digest)
    if changed:
        raise ThawedError(
            f"the phase '{phase}' changed {changed[0]} and {len(changed) - 1} more, which it was "
            "to leave as they are"
        )
