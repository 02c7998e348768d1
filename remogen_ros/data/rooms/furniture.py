"""Real-size furniture of a Sweet Home 3D library (.sh3f): a zip of OBJ models and a catalogue."""

from __future__ import annotations

import re
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict

from remogen_ros.data.meshes import FROM_Y_UP, Mesh, joined, read_obj
from remogen_ros.errors import UserError

_CATALOGUE = "PluginFurnitureCatalog.properties"
_LINE = re.compile(r"(?P<key>\w+)#(?P<piece>\d+)=(?P<value>.*)")
_SIZES = ("width", "depth", "height")

Place = Literal["wall", "middle", "table"]
"""Where a piece stands: its back to a wall, anywhere, or at a table."""


class PieceChoice(BaseModel):
    """One row of `furniture.yaml`.

    Attributes:
        name: in captions.
        place: where it stands.
        seat: whether people sit down on it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    place: Place
    seat: bool = False


@dataclass(frozen=True)
class Piece:
    """A piece of furniture, of real size.

    Attributes:
        name: in captions.
        place: where it stands.
        seat: whether people sit down on it.
        mesh: metres, z up, standing on z = 0, centred over the origin, its front towards -y.
        size: width (x), depth (y), height (z), metres.
    """

    name: str
    place: Place
    seat: bool
    mesh: Mesh
    size: tuple[float, float, float]


@cache
def piece_choices() -> dict[str, PieceChoice]:
    """The table `furniture.yaml` that stands beside this file, by the model's folder."""
    text = files("remogen_ros.data.rooms").joinpath("furniture.yaml").read_text("utf-8")
    return {name: PieceChoice.model_validate(row) for name, row in yaml.safe_load(text).items()}


def read_furniture(library: Path) -> list[Piece]:
    """The pieces of a library that `furniture.yaml` chooses.

    Raises:
        UserError: the file is missing or no such library, or lacks every chosen piece.
    """
    try:
        with zipfile.ZipFile(library) as archive, tempfile.TemporaryDirectory() as folder:
            # Property files are Latin-1.
            catalogue = archive.read(_CATALOGUE).decode("latin-1")
            pieces = []
            for row in _rows(catalogue).values():
                model = row.get("model", "").lstrip("/")
                choice = piece_choices().get(Path(model).parent.name)
                if choice is not None:
                    mesh = joined(read_obj(Path(archive.extract(model, folder))))
                    pieces.append(_sized(choice, mesh, row, library))
    except FileNotFoundError:
        raise UserError(f"There is no furniture library {library}.") from None
    except (KeyError, OSError, zipfile.BadZipFile) as error:
        raise UserError(f"{library} is no Sweet Home 3D furniture library: {error}.") from None
    if not pieces:
        raise UserError(f"{library} has none of the pieces that furniture.yaml names.")
    return pieces


def _rows(catalogue: str) -> dict[int, dict[str, str]]:
    rows: dict[int, dict[str, str]] = {}
    for match in filter(None, map(_LINE.fullmatch, map(str.strip, catalogue.splitlines()))):
        rows.setdefault(int(match["piece"]), {})[match["key"]] = match["value"]
    return rows


def _sized(choice: PieceChoice, mesh: Mesh, row: dict[str, str], library: Path) -> Piece:
    """The model stretched to the size that the catalogue gives in centimetres."""
    try:
        size = np.array([float(row[key]) for key in _SIZES]) / 100
    except (KeyError, ValueError):
        raise UserError(f"{library} does not tell the size of {row.get('name')!r}.") from None
    upright = mesh.moved(FROM_Y_UP)
    low, high = upright.vertices.min(0), upright.vertices.max(0)
    stretch = size / np.maximum(high - low, 1e-6)
    foot = np.array([*(low + high)[:2] / 2, low[2]])
    placed = Mesh(choice.name, (upright.vertices - foot) * stretch, upright.triangles)
    width, depth, height = size.tolist()
    return Piece(choice.name, choice.place, choice.seat, placed, (width, depth, height))
