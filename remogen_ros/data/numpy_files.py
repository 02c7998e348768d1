"""Reading the array files of datasets: clear errors, and no code ever run from them."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.errors import UserError

_HARMLESS = {
    ("_codecs", "encode"),
    ("collections", "OrderedDict"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
} | {
    (f"numpy.{core}.{module}", name)
    for core in ("core", "_core")
    for module, name in (
        ("multiarray", "_reconstruct"),
        ("multiarray", "scalar"),
        ("numeric", "_frombuffer"),
    )
}
"""What a pickle of numbers, strings and arrays refers to; nothing of it runs foreign code."""


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"it refers to {module}.{name}")
        return super().find_class(module, name)


def read_pickle(path: Path) -> Any:
    """A pickle of plain values: dicts, lists, strings, numbers and NumPy arrays.

    Raises:
        UserError: the file is missing or damaged, or refers to anything else, which could run code.
    """
    try:
        with path.open("rb") as file:
            # Files of Python 2 hold their strings as bytes.
            return _PlainUnpickler(file, encoding="latin1").load()
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except pickle.UnpicklingError as error:
        raise UserError(f"{path} is not a pickle of plain values: {error}.") from None
    except (OSError, EOFError, ValueError, AttributeError, ImportError, IndexError) as error:
        raise UserError(f"{path} is damaged: {error}; fetch it again.") from None


def read_npz(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The named arrays of an npz file.

    Raises:
        UserError: the file is missing or damaged, or lacks one of them.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            if missing := sorted(set(names) - set(archive.files)):
                raise UserError(f"{path} has no array {missing[0]!r}.")
            return {name: archive[name] for name in names}
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is damaged: {error}; fetch it again.") from None


def read_npy(
    path: Path, shape: tuple[int | None, ...] | None, mapped: bool = False
) -> NDArray[Any]:
    """An array of a certain shape, `None` standing for any size, or for any shape at all; `mapped`
    leaves it on the disk.

    Raises:
        UserError: the file is missing or damaged, or its array has another shape.
    """
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except (OSError, EOFError, ValueError) as error:
        raise UserError(f"{path} is damaged: {error}; fetch it again.") from None
    if shape is None:
        return array
    fits = len(array.shape) == len(shape) and all(
        want in (None, have) for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise UserError(f"{path} needs the shape ({wanted}), but has {array.shape}.")
    return array
