"""Array files: what is missing, damaged or dangerous is named."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from remogen_ros.data.numpy_files import read_npy, read_npz, read_pickle
from remogen_ros.errors import UserError


def test_plain_pickles_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    values = OrderedDict(a=np.arange(6.0).reshape(2, 3), b=np.int64(3), c=["x", None, 1.5])
    for protocol in (2, 4):
        path.write_bytes(pickle.dumps(values, protocol=protocol))
        read = read_pickle(path)
        np.testing.assert_array_equal(read["a"], values["a"])
        assert (read["b"], read["c"]) == (3, ["x", None, 1.5])


class Malicious:
    def __reduce__(self) -> tuple:
        return os.system, ("touch pwned",)


def test_a_pickle_never_runs_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({"a": Malicious()}))
    with pytest.raises(UserError, match=r"not a pickle of plain values: it refers to .*system"):
        read_pickle(path)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_truncated_files(tmp_path: Path, share: float) -> None:
    np.savez(tmp_path / "a.npz", a=np.arange(1000.0))
    np.save(tmp_path / "a.npy", np.arange(1000.0))
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(list(range(1000))))
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
    for read in (
        lambda: read_npz(tmp_path / "a.npz", ("a",)),
        lambda: read_npy(tmp_path / "a.npy", (None,)),
        lambda: read_npy(tmp_path / "a.npy", (None,), mapped=True),
        lambda: read_pickle(tmp_path / "a.pkl"),
    ):
        with pytest.raises(UserError, match=r"a\.(npz|npy|pkl) is (damaged|not a pickle)"):
            read()


def test_missing_files_arrays_and_shapes(tmp_path: Path) -> None:
    for read in (lambda p: read_npz(p, ()), lambda p: read_npy(p, ()), read_pickle):
        with pytest.raises(UserError, match="There is no file"):
            read(tmp_path / "nothing")
    np.savez(tmp_path / "a.npz", a=np.zeros(3))
    with pytest.raises(UserError, match="no array 'b'"):
        read_npz(tmp_path / "a.npz", ("a", "b"))
    np.save(tmp_path / "a.npy", np.zeros((4, 3)))
    assert read_npy(tmp_path / "a.npy", (None, 3)).shape == (4, 3)
    with pytest.raises(UserError, match=r"needs the shape \(any, 2\), but has \(4, 3\)"):
        read_npy(tmp_path / "a.npy", (None, 2))
