"""Furniture has its real size, stands on the floor, and faces the way its seat does."""

from __future__ import annotations

import lzma
import zipfile
from pathlib import Path

import numpy as np
import pytest

from remogen_ros.cues.occupancy import FREE, OCCUPIED
from remogen_ros.data.rooms.furnished_room import Furnishing
from remogen_ros.data.rooms.furniture import piece_choices, read_furniture
from remogen_ros.data.rooms.house import House
from remogen_ros.data.rooms.layouts import random_room
from remogen_ros.data.rooms.scans import read_scans, scans
from remogen_ros.data.rooms.seats import back_of, find_seats
from remogen_ros.errors import UserError
from test.data.mesh_files import box, write_obj
from test.data.rooms.furniture_files import TO_Y_UP, chair, piece, room, write_library


def test_pieces_of_a_library(tmp_path: Path) -> None:
    pieces = {piece.name: piece for piece in read_furniture(write_library(tmp_path))}
    assert set(pieces) == {"chair", "oak table"}
    table = pieces["oak table"]
    assert (table.place, table.seat, table.size) == ("middle", False, (1.2, 0.7, 0.74))
    assert table.mesh.vertices.min(0) == pytest.approx([-0.6, -0.35, 0.0])
    assert table.mesh.vertices.max(0) == pytest.approx([0.6, 0.35, 0.74])
    assert back_of(pieces["chair"].mesh) == pytest.approx((0.0, -1.0), abs=1e-9)


def test_every_choice_is_whole() -> None:
    choices = piece_choices()
    assert sum(choice.seat for choice in choices.values()) >= 15
    assert {choice.place for choice in choices.values()} == {"wall", "middle", "table"}


def test_libraries_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no furniture library"):
        read_furniture(tmp_path / "nothing.sh3f")
    (tmp_path / "text.sh3f").write_text("x")
    with pytest.raises(UserError, match="is no Sweet Home 3D furniture library"):
        read_furniture(tmp_path / "text.sh3f")
    with zipfile.ZipFile(tmp_path / "empty.sh3f", "w") as archive:
        archive.writestr("PluginFurnitureCatalog.properties", "name=Empty")
    with pytest.raises(UserError, match="has none of the pieces"):
        read_furniture(tmp_path / "empty.sh3f")
    with zipfile.ZipFile(tmp_path / "sizes.sh3f", "w") as archive:
        archive.write(write_obj(tmp_path / "a.obj", chair()), "chair/chair.obj")
        archive.writestr("PluginFurnitureCatalog.properties", "model#1=/chair/chair.obj\nwidth#1=5")
    with pytest.raises(UserError, match="does not tell the size"):
        read_furniture(tmp_path / "sizes.sh3f")
    with pytest.raises(UserError, match="There is no furniture library"):
        House(tmp_path / "nowhere", 0).splits()


def test_a_seat_by_hand() -> None:
    (seat,) = find_seats(chair(1.0, 2.0), [(0.0, -1.0)])
    assert seat.edge == pytest.approx((1.0, 1.75), abs=0.03)
    assert seat.height == pytest.approx(0.44, abs=0.021)
    assert seat.yaw == pytest.approx(-np.pi / 2)
    assert seat.hips == pytest.approx([1.0, 2.01], abs=0.03)


def test_a_bench_seats_several_and_a_cupboard_nobody() -> None:
    bench = box((0.0, 0.0, 0.0), (1.6, 0.46, 0.42), "bench")
    seats = find_seats(bench, [(0.0, -1.0)])
    assert [seat.edge[0] for seat in seats] == pytest.approx([0.35, 0.8, 1.25], abs=0.03)
    assert back_of(bench) is None
    assert find_seats(box((0, 0, 0), (1, 0.5, 1.8)), [(0.0, -1.0)]) == []
    assert find_seats(box((0, 0, 0), (1, 0.2, 0.42)), [(0.0, -1.0)]) == [], "too shallow"


def test_objects_and_walls_of_a_room() -> None:
    table = Furnishing(box((1.0, 1.0, 0.0), (1.95, 1.45, 0.75), "table"))
    furnished = room(table, Furnishing(chair(3.0, 3.0), ((0.0, -1.0),)))
    assert furnished.names == ("table", "chair")
    assert len(furnished.seats) == 1 and furnished.seats[0].name == "chair"
    low = furnished.scene.grid.corner.numpy()
    cells = np.argwhere(furnished.objects == 0) * 0.1 + low
    assert cells.min(0) == pytest.approx([1.0, 1.0, 0.0])
    assert cells.max(0) == pytest.approx([1.9, 1.4, 0.7])
    states = furnished.scene.grid.cells
    assert int(states[0, 20, 5]) == OCCUPIED and furnished.objects[0, 20, 5] == -1
    assert int(states[25, 20, 5]) == FREE


def test_layouts_are_the_same_for_the_same_seed() -> None:
    pieces = [piece(), piece("armchair", "wall"), piece("crate", "middle", seat=False)]
    one, again, other = (random_room(7, pieces, seed) for seed in (1, 1, 2))
    assert one.scene.name == "layout 7"
    assert one.scene.grid.cells.equal(again.scene.grid.cells) and one.seats == again.seats
    assert one.scene.grid.cells.shape != other.scene.grid.cells.shape or not (
        one.scene.grid.cells.equal(other.scene.grid.cells)
    )


@pytest.mark.parametrize("number", range(6))
def test_in_layouts_pieces_against_a_wall_face_the_room(number: int) -> None:
    furnished = random_room(number, [piece("armchair", "wall")], 0)
    size = np.array(furnished.scene.grid.cells.shape[:2]) * 0.1 - 0.2
    assert furnished.seats
    for seat in furnished.seats:
        before = np.array(seat.edge) + seat.forward
        behind = np.array(seat.edge) - seat.forward
        assert ((before > 0) & (before < size)).all()
        assert ((behind < 0.2) | (behind > size - 0.2)).any()


def test_names_in_scans() -> None:
    kitchen = scans()["kitchen"]
    assert kitchen.name_of("v1.node28.visual_g1.link15.geom0.003") == "kitchen island"
    assert kitchen.name_of("v1.node81.visual") == "kitchen cabinet"
    assert kitchen.name_of("v1.node50.visual") == "" and kitchen.name_of("Pillar") == ""
    assert {scan.split for scan in scans().values()} == {"train", "val", "test"}


def test_reading_a_scan(tmp_path: Path) -> None:
    meshes = [chair(-3.0, 3.0), box((-5, 2, 0), (-4, 3, 0.75)), box((-5.8, -2.2, 0), (1.5, 6, 0))]
    names = ["IKEA_chair_STEFAN.001_Cube", "IKEA_table_TORSBY", "floor"]
    named = [m.moved(TO_Y_UP) for m in meshes]
    path = tmp_path / scans()["apartment"].file.removesuffix(".xz")
    write_obj(
        path, *(type(m)(n, m.vertices, m.triangles) for m, n in zip(named, names, strict=True))
    )
    path.with_name(path.name + ".xz").write_bytes(lzma.compress(path.read_bytes()))
    (apartment,) = read_scans(tmp_path)
    assert apartment.names == ("chair", "table") and apartment.split == "train"
    (seat,) = apartment.seats
    assert seat.forward == pytest.approx([0.0, -1.0], abs=1e-9)
    assert len(apartment.doors) == 3
