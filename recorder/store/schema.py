"""What stands in the file of a segment, and how it is opened. One connection writes; every other one only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

VERSION: Final = 1
"""The form of the files that is written; a file of a later one is not read."""
PATIENCE: Final = 5.0
"""Seconds that a reader waits for the writer, which never takes that long."""
LOG_PAGES: Final = 100
"""Pages of the write-ahead log after which it is carried over into the file, each quarter of an hour."""
_TABLES: Final = """
CREATE TABLE run (id INTEGER PRIMARY KEY, boot_id TEXT UNIQUE, simulated INTEGER);
CREATE TABLE clock (run INTEGER, at INTEGER, wall INTEGER, synchronised INTEGER);
CREATE TABLE channel (id INTEGER PRIMARY KEY, name TEXT, step INTEGER, units TEXT, UNIQUE (name, step, units));
CREATE TABLE tail (id INTEGER PRIMARY KEY, run INTEGER, cursor INTEGER, at INTEGER, first INTEGER, last INTEGER, data BLOB);
CREATE TABLE block (
    id INTEGER PRIMARY KEY, channel INTEGER, run INTEGER, first INTEGER, last INTEGER,
    n INTEGER, low REAL, high REAL, mean REAL, minutes BLOB, data BLOB
);
CREATE INDEX block_of ON block (channel, run, first);
CREATE TABLE event (id INTEGER PRIMARY KEY, run INTEGER, at INTEGER, event TEXT, level TEXT, actor TEXT, message TEXT);
CREATE TABLE set_point (id INTEGER PRIMARY KEY, run INTEGER, at INTEGER, output TEXT, asked REAL, value REAL, by TEXT);
CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), cursor INTEGER, run INTEGER, at INTEGER);
"""
# `at`, `first` and `last` are ticks (`recorder.store.samples.TICK`) of the boot clock of their run, `wall` is Unix time in ticks.
# `step`: the channel is an output, which keeps its value until the next row. Blobs over 1 kB want a table with row numbers: WITHOUT ROWID
# would take twice the room. `minutes` stands before `data`, so that it is read without it. `cursor` and `at` of the last row of `tail` are
# the position, else that of `position`: another table would be another page to write each time.


def create(path: Path) -> sqlite3.Connection:
    """Make a new segment and return the connection that writes it; raises sqlite3.Error or OSError."""
    connection = _writer(path)
    try:
        with connection:
            connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def reopen(path: Path) -> sqlite3.Connection | None:
    """Return the connection that goes on writing a segment; None for another version. Raises sqlite3.DatabaseError if it is damaged."""
    connection = _writer(path)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    except BaseException:
        connection.close()
        raise
    if version == VERSION and found == ["ok"]:
        return connection
    connection.close()
    if found == ["ok"] and version > 0:
        return None
    raise sqlite3.DatabaseError("; ".join(found) if found != ["ok"] else "it is empty")


def _writer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=PATIENCE)
    try:
        # FULL: with NORMAL a power cut loses up to half a minute, whatever the commits.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # A log that is written over and over costs less than one that grows: the file system has nothing to note of it.
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    except BaseException:
        connection.close()
        raise
    return connection


def look(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads a segment; raises sqlite3.Error where it cannot be read, or is of a later version."""
    url = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        return _looking(url)
    except sqlite3.OperationalError:
        # A closed segment in a folder that may not be written: nobody changes it any more.
        return _looking(f"{url}&immutable=1")


def _looking(url: str) -> sqlite3.Connection:
    connection = sqlite3.connect(url, uri=True, isolation_level=None, check_same_thread=False, timeout=PATIENCE)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("SELECT count(*) FROM run").fetchone()
    except BaseException:
        connection.close()
        raise
    if version > VERSION:
        connection.close()
        raise sqlite3.DatabaseError(f"it has the form {version}, and this program knows {VERSION}")
    return connection


def marks(values: Sequence[object]) -> str:
    """Return as many question marks as there are values."""
    return ",".join("?" * len(values))
