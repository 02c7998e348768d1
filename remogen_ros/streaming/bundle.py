"""A model on disk: `models/<name>/` with its manifest, weights, hashes, card and licence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from remogen_ros.errors import UserError
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import CONFIGURATIONS, ModelConfig
from remogen_ros.networks.text import TEXT_ENCODERS, text_width

MANIFEST = "bundle.yaml"
FORMAT = 1
_KEEP_FLOAT32 = 2048
"""Tensors up to so many elements (statistics, biases, gates) keep full precision."""

_SWAY = 1e-3
"""How much of a random decoder's movement is left in an untrained bundle."""


class Manifest(BaseModel):
    """The content of `bundle.yaml`."""

    model_config = ConfigDict(extra="forbid")

    format: int
    name: str
    licence: str
    text_encoder: str
    config: ModelConfig
    files: dict[str, str]
    """Path inside the bundle -> SHA-256 of that file."""


@dataclass(frozen=True)
class Bundle:
    """Networks ready to run, and what the manifest says of them."""

    networks: Networks
    manifest: Manifest
    folder: Path


def _parts(networks: Networks) -> dict[str, nn.Module]:
    adapters = {
        f"adapters/{name}/adapter.safetensors": adapter
        for name, adapter in networks.adapters.items()
    }
    return {
        "prior/prior.safetensors": networks.prior,
        **adapters,
        "refinement/refinement.safetensors": networks.refinement,
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def save_bundle(
    networks: Networks, folder: Path, licence: str, text_encoder: str = TEXT_ENCODERS[0]
) -> None:
    """Write weights (fp16, small tensors fp32) and manifest; the card and licence are prose.

    Args:
        networks: to be written.
        folder: to write them to.
        licence: of the weights.
        text_encoder: whose embeddings they learned from.
    """
    files = {}
    for name, module in _parts(networks).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors = {
            key: (value if value.numel() <= _KEEP_FLOAT32 else value.half()).contiguous()
            for key, value in module.state_dict().items()
        }
        save_file(tensors, path)
        files[name] = _sha256(path)
    manifest = Manifest(
        format=FORMAT,
        name=folder.name,
        licence=licence,
        text_encoder=text_encoder,
        config=networks.config,
        files=files,
    )
    text = yaml.safe_dump(manifest.model_dump(mode="json"), sort_keys=False)
    (folder / MANIFEST).write_text(text)


def save_untrained(folder: Path, configuration: str = "tiny", seed: int = 0) -> None:
    """A bundle of random weights, whose adapters are exact identities: for tests and timings.

    Its ego sways on the spot: movements are made small, or it would wander off for ever.
    """
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        networks = Networks(CONFIGURATIONS[configuration])
        for parameter in networks.prior.vae.to_features.parameters():
            parameter.mul_(_SWAY)
        save_bundle(networks, folder, "none: random weights")


def read_manifest(folder: Path) -> Manifest:
    """What a model says of itself.

    Raises:
        UserError: there is none in the folder, or it cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise UserError(f"{folder} is no model: it has no {MANIFEST}")
    try:
        manifest = Manifest.model_validate(yaml.safe_load(path.read_text()))
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} cannot be read ({reason}): restore it or export again") from error
    if manifest.format != FORMAT:
        raise UserError(
            f"{path} has format {manifest.format}, this version reads format {FORMAT}: "
            "export the model again"
        )
    expected, given = manifest.config.denoiser.text, text_width(manifest.text_encoder)
    if expected != given:
        raise UserError(
            f"{path} names the text encoder '{manifest.text_encoder}', of {given} numbers, for a "
            f"denoiser that takes {expected}: restore it or export again"
        )
    return manifest


def _load_part(module: nn.Module, path: Path, sha256: str | None) -> None:
    if not path.is_file():
        raise UserError(f"the model file {path} is missing: restore it or export again")
    if sha256 is None or _sha256(path) != sha256:
        raise UserError(
            f"the model file {path} does not have the hash that {MANIFEST} states: "
            "it is truncated or was changed; restore it or export again"
        )
    try:
        tensors = load_file(path)
        module.load_state_dict({key: value.float() for key, value in tensors.items()})
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"the model file {path} does not fit {MANIFEST} ({reason})") from error


def bundle_sha256(folder: Path) -> str:
    """What tells a bundle from every other: the hash of its manifest, which has those of its files.

    Raises:
        UserError: there is none.
    """
    read_manifest(folder)
    return _sha256(folder / MANIFEST)


def load_bundle(folder: Path) -> Bundle:
    """Read and verify a model.

    Raises:
        UserError: a part is missing, truncated, changed, or does not fit the others.
    """
    manifest = read_manifest(folder)
    networks = Networks(manifest.config)
    for name, module in _parts(networks).items():
        _load_part(module, folder / name, manifest.files.get(name))
    return Bundle(networks.eval().requires_grad_(False), manifest, folder)
