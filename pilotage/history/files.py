"""Columns as files for the physicist's own computer: HDF5 and Parquet. Their libraries are heavy, and no part of the bench."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pilotage.errors import ClientError
from pilotage.history.columns import Columns, Series

INSTALL = "install them with `python3 -m pip install 'pilotage[export]'`, on your own computer rather than on the bench"


def joined(parts: Sequence[Columns]) -> Columns:
    """Return parts that follow each other in time as one; there is at least one."""
    first, last = parts[0], parts[-1]
    whole = Columns(first.start, last.end, first.every, {name: Series(series.units) for name, series in first.series.items()})
    for part in parts:
        whole.unsynchronised += part.unsynchronised
        for name, series in part.series.items():
            target = whole.series[name]
            for column in ("time", "value", "fault", "low", "high"):
                getattr(target, column).extend(getattr(series, column))
    return whole


def to_hdf5(columns: Columns, path: Path) -> None:
    """Write a group per channel: `time` (Unix s), `value` (nan where there is no number), `fault`, and `low`, `high` of means.

    Raises ClientError `no_library` without h5py, OSError where the file cannot be written.
    """
    try:
        import h5py
        import numpy as np
    except ImportError:
        raise ClientError("no_library", f"HDF5 needs h5py and numpy: {INSTALL}") from None
    with h5py.File(path, "w") as file:
        file.attrs["start"], file.attrs["end"] = columns.start, columns.end
        file.attrs["every"] = columns.every or 0.0
        file.attrs["unsynchronised"] = np.array(columns.unsynchronised, dtype="float64").reshape(-1, 2)
        for name, series in columns.series.items():
            group = file.create_group(name)
            group.attrs["title"], group.attrs["units"] = name, series.units
            time = group.create_dataset("time", data=np.array(series.time, dtype="float64"), compression="gzip")
            time.attrs["title"], time.attrs["units"] = "time", "s"
            for column in ("value", "low", "high"):
                numbers = np.array(getattr(series, column), dtype="float64")
                if len(numbers) or column == "value":
                    data = group.create_dataset(column, data=numbers, compression="gzip")
                    data.attrs["title"], data.attrs["units"] = name, series.units
            if any(series.fault):
                faults: Any = [fault or "" for fault in series.fault]
                group.create_dataset("fault", data=faults, dtype=h5py.string_dtype(), compression="gzip")


def to_parquet(columns: Columns, path: Path) -> None:
    """Write a long table: time (UTC), name, value, units, fault.

    Raises ClientError `no_library` without pyarrow, OSError where the file cannot be written.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ClientError("no_library", f"Parquet needs pyarrow: {INSTALL}") from None
    series = [(name, one, len(one.time)) for name, one in columns.series.items()]
    table = pa.table(
        {
            "time": pa.array([round(at * 1e6) for _, one, _ in series for at in one.time], pa.timestamp("us", tz="UTC")),
            "name": pa.array([name for name, _, count in series for _ in range(count)]).dictionary_encode(),
            "value": pa.array([value for _, one, _ in series for value in one.value], pa.float64()),
            "units": pa.array([one.units for _, one, count in series for _ in range(count)], pa.string()).dictionary_encode(),
            "fault": pa.array([fault for _, one, _ in series for fault in one.fault], pa.string()).dictionary_encode(),
        }
    )
    pq.write_table(table, path, compression="zstd")
