"""What a training begins with: networks of a size or of a bundle, and their text encoder."""

from __future__ import annotations

from pathlib import Path

from remogen_ros.errors import UserError
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS as MODELS
from remogen_ros.networks.text import TEXT_ENCODERS, text_width
from remogen_ros.streaming.bundle import load_bundle, read_manifest


def initial_networks(size: str | None, start: Path | None, encoder: str) -> Networks:
    """The networks as training finds them.

    Args:
        size: of them; None for that of the bundle, or the default.
        start: bundle to begin with; None for random weights.
        encoder: name of the text encoder.

    Raises:
        UserError: the size is unknown, or not that of the bundle.
    """
    if size is not None and size not in MODELS:
        raise UserError(f"unknown model size '{size}': choose one of {', '.join(MODELS)}")
    if start is None:
        return Networks(MODELS[size or "small"].with_text(text_width(encoder)))
    networks = load_bundle(start).networks
    if size is not None and networks.config != MODELS[size].with_text(text_width(encoder)):
        raise UserError(f"{start} is not of the size '{size}': leave --model out")
    return networks


def encoder_name(asked: str | None, start: Path | None) -> str:
    """Of the text encoder that a run uses.

    Args:
        asked: by the user, if at all.
        start: bundle to begin with, if any.

    Raises:
        UserError: the bundle has another one.
    """
    if start is None:
        return asked or TEXT_ENCODERS[0]
    own = read_manifest(start).text_encoder
    if asked not in (None, own):
        raise UserError(
            f"{start} was trained with the text encoder '{own}', not '{asked}': "
            "leave --text-encoder out"
        )
    return own
