"""ONNX Runtime on the CPU: half the time of PyTorch for networks as small as these."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

import remogen_ros
from remogen_ros.errors import UserError
from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.backends.base import Function
from remogen_ros.streaming.backends.compiled import CompiledBackend, Slots
from remogen_ros.streaming.backends.examples import FUNCTIONS, Given

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

NEEDED = ("onnx", "onnxruntime")
_OPSET = 17
_SLOTS = Slots(built=(1, 3), flexible=True)
"""Two numbers of partners show which dimensions grow with them."""

_TRACED = ("cues", "motion", "networks")
"""Packages whose code is in an export."""


def missing() -> tuple[str, ...]:
    """Names of packages that this back end needs and that are not installed."""
    return tuple(name for name in NEEDED if importlib.util.find_spec(name) is None)


def onnx_backend(
    networks: Networks,
    bundle: Path,
    sha256: str,
    adapters: tuple[str, ...],
    guided: bool,
    threads: int,
    say: Callable[[str], object],
) -> CompiledBackend:
    """Sessions of the exports beside a bundle, which are made first if need be.

    Args:
        networks: of the bundle, on the CPU.
        bundle: its folder.
        sha256: `bundle_sha256` of it; an export of another one is stale, and not used.
        adapters: all that will ever be mixed.
        guided: as the plan is.
        threads: of the processor, for each call.
        say: told that exports are being made, which takes seconds.

    Raises:
        UserError: a package is missing, or the exports do not give what PyTorch gives.
    """
    if missing():
        names = " and ".join(missing())
        raise UserError(f"back end onnx needs {names}: install it, or use backend eager")
    places = _places(bundle, _stamp(sha256), "-".join((*adapters, "guided" if guided else "plain")))
    exports = next((place for place in places if _complete(place)), None)
    making: Path | None = None
    if exports is None:
        say(f"making the ONNX exports of model {bundle.name}, once: this takes some seconds")
        making = Path(tempfile.mkdtemp(prefix="remogen_ros_exports_"))

    def compiler(name: str, module: nn.Module, given: Sequence[Given]) -> Function:
        path = (exports or making or bundle) / f"{name}.onnx"
        if exports is None:
            _export(module, given, path)
        return _OnnxFunction(_session(path, threads), _argument_names(module, len(given[0])))

    try:
        backend = CompiledBackend("onnx", networks, adapters, guided, compiler, _SLOTS)
        if making is not None:
            _keep(making, places, say)
    finally:
        if making is not None:
            shutil.rmtree(making, ignore_errors=True)
    return backend


class _OnnxFunction:
    """A session as a function of tensors, by position."""

    def __init__(self, session: InferenceSession, names: Sequence[str]) -> None:
        self._session = session
        # What the graph does not depend on is no input of it.
        wanted = {put.name for put in session.get_inputs()}
        self._inputs = [(place, name) for place, name in enumerate(names) if name in wanted]

    def __call__(self, *given: Tensor) -> Given:
        feed = {name: given[place].numpy() for place, name in self._inputs}
        return tuple(torch.from_numpy(value) for value in self._session.run(None, feed))


def _argument_names(module: nn.Module, count: int) -> list[str]:
    """The names of a module's positional arguments; those of a star are numbered."""
    names: list[str] = []
    for parameter in inspect.signature(module.forward).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}_{number}" for number in range(count - len(names))]
        else:
            names.append(parameter.name)
    return names[:count]


def _export(module: nn.Module, given: Sequence[Given], path: Path) -> None:
    few, many = given
    names = _argument_names(module, len(few))
    outputs = module(*few), module(*many)
    out_names = [f"out_{number}" for number in range(len(outputs[0]))]
    axes = _growing(names, few, many) | _growing(out_names, *outputs)
    with warnings.catch_warnings():
        # The exporter that needs no further packages is called legacy, and tracing warns of every
        # comparison of shapes.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            many,
            str(path),
            dynamo=False,
            opset_version=_OPSET,
            input_names=names,
            output_names=out_names,
            dynamic_axes=axes,
        )


def _growing(names: Sequence[str], few: Given, many: Given) -> dict[str, dict[int, str]]:
    """Dimensions that differ between two examples; those of the same size grow alike."""
    return {
        name: {
            axis: f"{one}_to_{other}"
            for axis, (one, other) in enumerate(zip(first.shape, second.shape, strict=True))
            if one != other
        }
        for name, first, second in zip(names, few, many, strict=True)
    }


def _session(path: Path, threads: int) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads spin while they wait for each other, but not between calls: that would take the
    # processor from the rest of the node.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        return onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    except Exception as error:  # Its exceptions have no base of their own.
        raise UserError(
            f"the ONNX export {path} cannot be read: delete it, it will be made anew"
        ) from error


def _stamp(sha256: str) -> str:
    """What makes exports stale, as a short hash: other weights, other code, other versions."""
    digest = hashlib.sha256()
    package = Path(remogen_ros.__file__).parent
    for name in _TRACED:
        for source in sorted((package / name).glob("*.py")):
            digest.update(source.read_bytes())
    versions = [version(name) for name in ("torch", *NEEDED)]
    digest.update(repr((sha256, versions, _OPSET)).encode())
    return digest.hexdigest()[:16]


def _places(bundle: Path, stamp: str, variant: str) -> tuple[Path, Path]:
    """Where exports of a bundle are kept: beside it, or where that is read-only, in the cache."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = home / "remogen_ros" / "exports" / bundle.name
    return bundle / ".exports" / stamp / variant, cache / stamp / variant


def _complete(folder: Path) -> bool:
    return all((folder / f"{name}.onnx").is_file() for name in FUNCTIONS)


def _keep(made: Path, places: Sequence[Path], say: Callable[[str], object]) -> None:
    """Put exports where the next start finds them, in place of those that are stale."""
    for place in places:
        of_this_stamp = place.parent
        try:
            of_this_stamp.mkdir(parents=True, exist_ok=True)
            staged = Path(tempfile.mkdtemp(dir=of_this_stamp))
            shutil.copytree(made, staged, dirs_exist_ok=True)
            for other in of_this_stamp.parent.iterdir():
                if other != of_this_stamp:
                    shutil.rmtree(other, ignore_errors=True)
            if _complete(place):  # Another process was quicker.
                shutil.rmtree(staged)
            else:
                staged.rename(place)
        except OSError:
            continue
        return
    say("the ONNX exports could not be kept, for no folder can be written: each start makes them")
