"""A run folder: which networks it is for, what was measured of the corpus, what is trained."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from remogen_ros.errors import UserError
from remogen_ros.networks.adapter import Adapter
from remogen_ros.networks.assembly import Networks, Prior
from remogen_ros.networks.config import CONFIGURATIONS, ModelConfig
from remogen_ros.training.checkpoints import (
    checkpoint_path,
    load_finished,
    load_if_finished,
    other_size,
)
from remogen_ros.training.corpus_measures import MEASURES, teach

_RECORD = "run.json"
_CORPUS = "corpus.safetensors"
_LICENCES = "licences.txt"


class RunRecord(BaseModel):
    """The content of `run.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: ModelConfig
    start: str | None = None
    """Hash of the bundle whose weights it began with."""


def _size(config: ModelConfig) -> str:
    names = [name for name, known in CONFIGURATIONS.items() if known == config]
    return f"'{names[0]}'" if names else "other"


def claim_folder(folder: Path, model: ModelConfig, start: str | None = None) -> None:
    """Note which networks a run folder is for, or check that it is for these.

    Args:
        folder: of the run.
        model: its networks.
        start: hash of the bundle whose weights they begin with, if any.

    Raises:
        UserError: it holds networks of another size or text encoder, or with another beginning.
    """
    path = folder / _RECORD
    record = RunRecord(model=model, start=start)
    if not path.exists():
        if has_measured(folder):  # Begun before runs told their size: the weights will.
            return
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(record.model_dump_json(indent=1) + "\n", "utf-8")
        return
    try:
        found = RunRecord.model_validate_json(path.read_text("utf-8"))
    except ValidationError as error:
        raise UserError(
            f"{path} is damaged ({str(error).splitlines()[0]}): train into another folder"
        ) from error
    if found.start != start:
        begun = "with random weights" if found.start is None else "from another bundle"
        raise UserError(
            f"{folder} was begun {begun}: give the --start-from that it was begun with, if any, or "
            "another --out"
        )
    if found.model.with_text(model.denoiser.text) == model != found.model:
        raise UserError(
            f"{folder} was begun with another text encoder: give the --text-encoder that it was "
            "begun with, or another --out"
        )
    if found != record:
        raise UserError(
            f"{folder} holds {_size(found.model)} networks, not {_size(model)} ones: give the "
            "--model that it was begun with, or another --out"
        )


def note_licences(folder: Path, licences: Iterable[str]) -> None:
    """Keep under which licences the data may be used from which a run learns."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _LICENCES).write_text("".join(f"{one}\n" for one in sorted(licences)), "utf-8")


def noted_licences(folder: Path) -> set[str]:
    """Those that were noted, none in a new folder."""
    path = folder / _LICENCES
    return set(path.read_text("utf-8").splitlines()) if path.exists() else set()


def save_measured(folder: Path, measured: dict[str, Tensor]) -> None:
    """Keep what was measured of the corpus beside the checkpoints."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.contiguous() for name, value in measured.items()}
    save_file(tensors, folder / _CORPUS)


def has_measured(folder: Path) -> bool:
    """Whether the corpus has been measured."""
    return (folder / _CORPUS).exists()


def load_measured(folder: Path) -> dict[str, Tensor]:
    """What was measured of the corpus.

    Raises:
        UserError: it is missing, damaged, or incomplete.
    """
    path = folder / _CORPUS
    again = "restore it, or train the prior into another folder"
    if not path.exists():
        raise UserError(f"{path}, the statistics of the prior's corpus, is missing: {again}")
    try:
        measured = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is damaged ({error}): {again}") from error
    if lacking := [name for name in MEASURES if name not in measured]:
        raise UserError(f"{path} lacks '{lacking[0]}': {again}")
    return measured


def teach_measured(prior: Prior, folder: Path) -> None:
    """Tell the prior what was measured of the corpus.

    Raises:
        UserError: it is missing or damaged, or was measured for networks of another size.
    """
    measures = load_measured(folder)
    if measures["code_analysis"].shape[1] != prior.vae.latent:
        raise other_size(folder / _CORPUS)
    teach(prior, measures)


def load_prior(prior: Prior, folder: Path, needed: bool = True) -> None:
    """The trained prior of a run.

    Args:
        prior: to load it into.
        folder: of the run.
        needed: False leaves the parts that the run has not trained as they are.

    Raises:
        UserError: part of it is missing, or it was not trained to its end.
    """
    if needed and not has_measured(folder) and not checkpoint_path(folder, "denoiser").exists():
        raise UserError(f"{folder} holds no trained prior: run `./remogen train prior` first")
    if needed or has_measured(folder):
        teach_measured(prior, folder)
    for phase, part in (("vae", prior.vae), ("denoiser", prior.denoiser)):
        if needed or checkpoint_path(folder, phase).exists():
            load_finished(part, folder, phase, "./remogen train prior")


def load_adapter(networks: Networks, folder: Path, name: str) -> None:
    """A trained adapter of a run.

    Raises:
        UserError: it was not trained to its end.
    """
    hint = f"./remogen train adapter {name}"
    load_finished(networks.adapters[name], folder, name, hint)
    _load_salience(networks, folder, name)


def load_rest(networks: Networks, folder: Path) -> None:
    """Adapters and refinement of a run that are trained already.

    Raises:
        UserError: a checkpoint is damaged.
    """
    for name, adapter in networks.adapters.items():
        load_if_finished(adapter, folder, name)
        _load_salience(networks, folder, name)
    load_if_finished(networks.refinement, folder, "refinement")


def salience_of(name: str) -> str:
    """The phase in which an adapter learns whom to heed."""
    return f"{name}_salience"


def _load_salience(networks: Networks, folder: Path, name: str) -> None:
    adapter = networks.adapters[name]
    if isinstance(adapter, Adapter) and adapter.intent is not None:
        load_if_finished(adapter.intent.salience, folder, salience_of(name))
