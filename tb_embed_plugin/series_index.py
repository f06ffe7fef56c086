"""Which series there are below TensorBoard's log directories, and where."""

import os
import threading
from typing import Any

from tb_embed_plugin.store import SeriesLocation, filesystem, find_series

_PATIENCE = 0.5
"""Seconds that a page load may wait for the first scan; a scan of a large or remote directory goes on behind it."""


def log_dirs(logdir: str | None, flags: Any) -> list[tuple[str, str]]:
    """Returns (run name prefix, folder) pairs as TensorBoard reads them from --logdir or --logdir_spec."""
    if logdir:
        return [("", os.path.expanduser(logdir))]
    spec = getattr(flags, "logdir_spec", "") or ""
    return [_parse_spec(part) for part in spec.split(",") if part]


def _parse_spec(part: str) -> tuple[str, str]:
    # "name:path"; but "gs://…", "/path:with:colons" and "C:\…" are paths, as in TensorBoard's data_ingester.
    name, colon, path = part.partition(":")
    if not colon or path.startswith("//") or "/" in name or os.path.splitdrive(part)[0]:
        return "", os.path.expanduser(part)
    return name, os.path.expanduser(path)


class SeriesIndex:
    """Finds series by run and tag. Safe to call from many threads."""

    def __init__(self, directories: list[tuple[str, str]]) -> None:
        self._directories = directories
        self._lock = threading.Lock()
        self._locations: dict[tuple[str, str], SeriesLocation] = {}
        self._scan: threading.Thread | None = None

    def refresh(self) -> list[SeriesLocation]:
        """Scans the log directories and returns what there is, sorted by run and tag."""
        found = {}
        for prefix, directory in self._directories:
            for location in find_series(directory):
                run = _join_run(prefix, location.run)
                found[run, location.tag] = SeriesLocation(run=run, tag=location.tag, path=location.path)
        with self._lock:
            self._locations = found
        return [found[key] for key in sorted(found)]

    def refresh_in_background(self) -> threading.Thread:
        """Starts a scan, unless one is under way; returns its thread."""
        with self._lock:
            if self._scan is None or not self._scan.is_alive():
                self._scan = threading.Thread(target=self.refresh, name="training_evolution_scan", daemon=True)
                self._scan.start()
            return self._scan

    def has_series(self) -> bool:
        """Whether any series is known; looks again, briefly, where none is."""
        if not self._locations:
            self.refresh_in_background().join(_PATIENCE)
        return bool(self._locations)

    def find(self, run: str, tag: str) -> SeriesLocation:
        """Returns where a series is.

        Raises:
            KeyError: There is none of that run and tag.
        """
        if (run, tag) not in self._locations:
            self.refresh()
        location = self._locations.get((run, tag))
        if location is None:
            raise KeyError(f"No series {tag!r} in run {run!r}.")
        return location

    def find_run(self, run: str) -> list[SeriesLocation]:
        """Returns the series of a run, by tag.

        Raises:
            KeyError: It has none.
        """
        if run not in self.runs():
            self.refresh()
        found = [location for (owner, _), location in sorted(self._locations.items()) if owner == run]
        if not found:
            raise KeyError(f"No series in run {run!r}.")
        return found

    def runs(self) -> set[str]:
        """The runs that have a series."""
        return {run for run, _ in self._locations}


def _join_run(prefix: str, run: str) -> str:
    if not prefix:
        return run
    return prefix if run == "." else filesystem.join(prefix, run)
