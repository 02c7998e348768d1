"""Every back end that works here, against PyTorch as it is."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.errors import UserError
from remogen_ros.networks.assembly import Networks
from remogen_ros.networks.config import DiffusionConfig
from remogen_ros.streaming.backends import onnx
from remogen_ros.streaming.backends.base import Functions
from remogen_ros.streaming.backends.choosing import BackendChoice
from remogen_ros.streaming.backends.compilers import cuda_graph_backend
from remogen_ros.streaming.backends.eager import EagerBackend
from remogen_ros.streaming.backends.names import BackendName
from remogen_ros.streaming.bundle import bundle_sha256, load_bundle, save_bundle
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Frame, Observation
from test.motion.strategies import random_motion
from test.streaming.tiny_models import save_opened

FRAMES = 40
METRES = 1e-3
"""Stated tolerance between back ends, over four seconds."""

MIX = {"hhi": 0.8, "hsi": 0.6}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_opened(tmp_path_factory.mktemp("models") / "opened")


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """The same model, guided."""
    networks = load_bundle(model).networks
    networks.config = networks.config.model_copy(
        update={"diffusion": DiffusionConfig(guidance=2.0)}
    )
    folder = tmp_path_factory.mktemp("models") / "guided"
    folder.mkdir()
    save_bundle(networks, folder, "none: random weights")
    return folder


def observations(partners: list[int], mix: dict[str, float] | None = None) -> Iterator[Observation]:
    """One for each frame, of so many people, with a goal."""
    track = random_motion(3, FRAMES + PARTNER_FRAMES, (max(partners),)).to(torch.float32).joints()
    track = track + torch.tensor([1.5, 0.0, 0.0])
    goal = np.array([2.0, 1.0, 0.0], np.float32)
    for frame, count in enumerate(partners):
        window = track[:count, frame : frame + PARTNER_FRAMES]
        valid = torch.ones(window.shape[:-1], dtype=torch.bool)
        yield Observation(PartnerWindow(window, valid), None, goal, "", MIX if mix is None else mix)


def joints(generator: Generator, partners: list[int], mix: dict[str, float] | None = None):
    frames: list[Frame] = [generator.step(each) for each in observations(partners, mix)]
    return np.stack([frame.joint_positions for frame in frames])


COMING_AND_GOING = [1] * 10 + [0] * 8 + [2] * 10 + [5] * 4 + [1] * 8


@pytest.mark.parametrize(
    ("name", "guides"),
    [("onnx", False), ("onnx", True), ("compile", False)],  # Compiling once is slow enough.
)
def test_back_ends_give_the_same_frames(
    name: BackendName, guides: bool, model: Path, guided: Path
) -> None:
    folder = guided if guides else model
    reference = joints(Generator.load(folder), COMING_AND_GOING)
    said: list[str] = []
    generator = Generator.load(folder, backend=name, say=said.append)
    assert generator.backend == name and said
    given = joints(generator, COMING_AND_GOING)
    assert np.abs(given - reference).max() < METRES
    # It is no accident of a motion that nobody has an influence on.
    assert np.abs(joints(Generator.load(folder), [0] * FRAMES) - reference).max() > 10 * METRES


def test_weights_of_nought_are_the_prior_alone(model: Path) -> None:
    nothing = {"hhi": 0.0, "hsi": 0.0}
    reference = joints(Generator.load(model), [1] * FRAMES, nothing)
    given = joints(Generator.load(model, backend="onnx"), [1] * FRAMES, nothing)
    assert np.abs(given - reference).max() < METRES


def test_exports_are_made_once_and_beside_the_bundle(model: Path) -> None:
    Generator.load(model, backend="onnx")
    said: list[str] = []
    Generator.load(model, backend="onnx", say=said.append)
    assert not said
    assert sorted(path.name for path in (model / ".exports").rglob("*.onnx")) == [
        "encode.onnx", "predict.onnx", "refined.onnx", "segment.onnx",
    ]  # fmt: skip


def test_exports_of_other_weights_are_stale(tmp_path: Path) -> None:
    folder = save_opened(tmp_path / "model")
    before = joints(Generator.load(folder, backend="onnx"), [1] * 20)
    networks = load_bundle(folder).networks
    for parameter in networks.prior.vae.to_features.parameters():
        parameter.mul_(1.5)
    save_bundle(networks, folder, "none: random weights")
    said: list[str] = []
    after = joints(Generator.load(folder, backend="onnx", say=said.append), [1] * 20)
    assert len(said) == 1 and "making the ONNX exports" in said[0]
    assert np.abs(before - after).max() > 10 * METRES
    assert len(list((folder / ".exports").iterdir())) == 1


def test_an_export_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = save_opened(tmp_path / "model")
    Generator.load(folder, backend="onnx")
    path = next((folder / ".exports").rglob("predict.onnx"))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match=r"predict\.onnx cannot be read: delete it"):
        Generator.load(folder, backend="onnx")


def test_where_the_bundle_is_read_only_the_cache_keeps_the_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_opened(tmp_path / "model")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if os.geteuid() == 0:  # Root may write anywhere: a file where the folder would be stops it.
        (folder / ".exports").write_text("")
    else:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    Generator.load(folder, backend="onnx")
    assert len(list((tmp_path / "cache").rglob("*.onnx"))) == 4


def test_what_is_not_installed_is_named(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "NEEDED", ("onnx", "a_package_that_nobody_has"))
    with pytest.raises(UserError, match="needs a_package_that_nobody_has: install it"):
        Generator.load(model, backend="onnx")
    said: list[str] = []
    assert Generator.load(model, backend="auto", say=said.append).backend == "eager"
    assert "a_package_that_nobody_has" in said[0]


def test_auto_takes_one_that_works(model: Path) -> None:
    assert Generator.load(model, backend="auto").backend in ("eager", "onnx")


def test_cuda_graphs_want_a_gpu(model: Path) -> None:
    with pytest.raises(UserError, match="needs a GPU"):
        cuda_graph_backend(load_bundle(model).networks, ("hhi",), guided=False)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_named(model: Path) -> None:
    with pytest.raises(UserError, match=r"device 'cuda' cannot be used .* choose cpu"):
        Generator.load(model, device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("name", ["eager", "cuda_graph", "auto"])
def test_a_gpu_gives_the_same_frames(name: BackendName, guided: Path) -> None:
    reference = joints(Generator.load(guided), COMING_AND_GOING)
    given = joints(Generator.load(guided, device="cuda", backend=name), COMING_AND_GOING)
    assert np.abs(given - reference).max() < METRES


def test_an_adapter_that_was_not_built_is_named(model: Path) -> None:
    generator = Generator.load(model, backend="onnx", adapters=("hhi",))
    assert np.isfinite(joints(generator, [1] * 10, {"hhi": 1.0})).all()
    backend = BackendChoice(load_bundle(model), ("hhi",), False, 1, print).named("onnx")
    with pytest.raises(UserError, match="built without the adapter hsi"):
        backend.functions(("hhi", "hsi"))


@dataclass
class Vanishing:
    """An eager back end whose GPU is gone after so many frames."""

    networks: Networks
    frames: int
    name: str = "cuda_graph"

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def functions(self, adapters) -> Functions:
        functions = EagerBackend(self.networks, False).functions(adapters)

        def refined(*given: torch.Tensor) -> tuple[torch.Tensor, ...]:
            self.frames -= 1
            if self.frames < 0:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 MiB")
            return functions.refined(*given)

        return replace(functions, refined=refined)


def test_when_a_gpu_fails_the_motion_goes_on_where_it_was(model: Path) -> None:
    bundle = load_bundle(model)
    said: list[str] = []
    vanishing = Vanishing(bundle.networks, frames=18)
    generator = Generator(bundle, backend=vanishing, warn=said.append)
    shown = joints(generator, [1] * FRAMES)
    assert generator.backend == "eager" and len(said) == 1 and "out of memory" in said[0]
    steps = np.abs(np.diff(shown, axis=0)).max(axis=(1, 2))
    fell = 6 + 18  # The first six frames stand.
    assert steps[fell - 1] <= 1.5 * steps.max(initial=0.0, where=np.arange(len(steps)) != fell - 1)
    whole = joints(Generator(bundle), [1] * FRAMES)
    assert np.abs(shown[:fell] - whole[:fell]).max() < METRES


@pytest.mark.parametrize("name", ["eager", "onnx"])
def test_a_mistake_of_another_kind_is_not_hidden(name: BackendName, model: Path) -> None:
    said: list[str] = []
    generator = Generator.load(model, backend=name, warn=said.append)
    with pytest.raises(TypeError, match="str"):
        generator.step(Observation(adapter_weights={"hhi": "much"}))  # type: ignore[dict-item]
    assert generator.backend == name and not said


def test_the_hash_of_a_bundle_is_that_of_its_manifest(model: Path) -> None:
    assert len(bundle_sha256(model)) == 64
