"""A history as HDF5, Parquet and a DataFrame; skipped where the libraries of the extra `export` are not installed."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pilotage.errors import ClientError
from pilotage.history import files
from pilotage.history.columns import Columns, Series

PARQUET = """
from pilotage.history import files
files.to_parquet(columns, path)
import pyarrow.parquet
print(json.dumps(pyarrow.parquet.read_table(path).to_pylist(), default=str))
"""
PANDAS = """
print(json.dumps({name: column.dropna().tolist() for name, column in columns.to_pandas().items()}))
"""


def elsewhere(script: str, columns: Columns, path: Path) -> Any:
    """Return what a script prints in a process of its own: the threads that Arrow starts never end."""
    head = "import json, pathlib, sys; from pilotage.history.columns import Columns\n"
    head += "columns, path = Columns.of(json.load(sys.stdin)), pathlib.Path(sys.argv[1])\n"
    told = subprocess.run(
        [sys.executable, "-c", head + script, str(path)], check=True, capture_output=True, input=json.dumps(columns.document()), text=True
    )
    return json.loads(told.stdout)


def needs(name: str) -> pytest.MarkDecorator:
    """Return what skips a test where a library is missing."""
    return pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is not installed: the extra `export` is too heavy for every day")


@pytest.fixture
def columns() -> Columns:
    """Two channels, one with a lost sensor in the middle, and one of which nothing was kept."""
    heater = Series("°C", [10.0, 11.0, 12.0], [21.5, None, 22.5], [None, "absent", None])
    fan = Series("of 255", [10.5], [128.0], [None])
    return Columns(10.0, 13.0, None, {"t": heater, "fan": fan, "empty": Series()}, [(10.0, 11.0)])


@needs("h5py")
def test_hdf5_has_a_group_per_name_with_units_faults_and_no_number_where_there_was_none(columns: Columns, tmp_path: Path) -> None:
    import h5py

    files.to_hdf5(columns, tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5") as file:
        assert list(file["t/time"]) == [10.0, 11.0, 12.0]
        assert file["t/value"][0] == 21.5
        assert math.isnan(file["t/value"][1])
        assert file["t"].attrs["units"] == "°C"
        assert [each.decode() for each in file["t/fault"]] == ["", "absent", ""]
        assert list(file["empty/value"]) == []
        assert file.attrs["unsynchronised"].tolist() == [[10.0, 11.0]]


@needs("pyarrow")
def test_parquet_is_one_long_table(columns: Columns, tmp_path: Path) -> None:
    rows = elsewhere(PARQUET, columns, tmp_path / "run.parquet")
    assert [(row["name"], row["value"], row["units"], row["fault"]) for row in rows] == [
        ("t", 21.5, "°C", None),
        ("t", None, "°C", "absent"),
        ("t", 22.5, "°C", None),
        ("fan", 128.0, "of 255", None),
    ]
    assert rows[0]["time"] == "1970-01-01 00:00:10+00:00"


@needs("pandas")
def test_a_dataframe_has_a_column_per_name(columns: Columns, tmp_path: Path) -> None:
    table = elsewhere(PANDAS, columns, tmp_path)
    assert table["t"] == [21.5, 22.5]
    assert table["fan"] == [128.0]


@pytest.mark.parametrize("write", [files.to_hdf5, files.to_parquet])
def test_without_the_libraries_it_says_what_to_install(
    write: Any, columns: Columns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("h5py", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ClientError, match="export"):
        write(columns, tmp_path / "x")
