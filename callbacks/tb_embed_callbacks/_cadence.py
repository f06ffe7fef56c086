"""When to capture."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

Every: TypeAlias = Literal["epoch", "log"] | int | Sequence[int] | Callable[[int], bool]

_GROWTH = 1.25
"""Ratio of log-spaced steps: ten in each factor of ten."""


class Cadence:
    """Tells whether a step is due, so that at most `max_snapshots` are, spread over the whole run where its length is known.

    The first and the last step are captured whatever the cadence; they count.
    """

    def __init__(self, every: Every, max_snapshots: int) -> None:
        """Checks the arguments.

        Raises:
            ValueError: `every` is nothing of the kind, or a list of more steps than `max_snapshots` leaves room for;
                `max_snapshots` is below 2.
        """
        if max_snapshots < 2:
            raise ValueError(
                f"max_snapshots is {max_snapshots}; at least the first and the last step are captured: give 2 or more."
            )
        self._every = every
        self._max_snapshots = max_snapshots
        self._stride = 1
        self._growth = _GROWTH
        self._next_log_step = 1
        self._steps = _check(every)
        self._pending = list(self._steps)
        if len(self._steps) > max_snapshots:
            raise ValueError(
                f"every lists {len(self._steps)} steps and max_snapshots is {max_snapshots}. Raise it, or list fewer."
            )

    def plan(self, first_step: int, n_epochs: int | None, steps_per_epoch: int | None) -> None:
        """Spaces the captures out where the run is so long that there would be too many; None: not known."""
        n_steps = n_epochs * steps_per_epoch if n_epochs and steps_per_epoch else None
        self._next_log_step = first_step + 1
        self._pending = [step for step in self._steps if step > first_step]
        if self._every == "log":
            if n_steps:
                self._growth = max(_GROWTH, (first_step + n_steps) ** (1 / max(1, self._max_snapshots - 2)))
            return
        n_due = n_epochs if self._every == "epoch" else n_steps and isinstance(self._every, int) and n_steps // self._every
        if n_due:
            # One is for the first step, one for the last.
            self._stride = math.ceil(n_due / max(1, self._max_snapshots - 2))

    def is_due_after_batch(self, step: int) -> bool:
        """Whether to capture after the batch that made this step."""
        if self._every == "epoch":
            return False
        if callable(self._every):
            return bool(self._every(step))
        if self._every == "log":
            if step < self._next_log_step:
                return False
            self._next_log_step = max(step + 1, math.ceil(step * self._growth))
            return True
        if self._steps:
            # Where several steps are made at once, the first after the one that is listed.
            is_due = bool(self._pending) and step >= self._pending[0]
            self._pending = [pending for pending in self._pending if pending > step]
            return is_due
        return isinstance(self._every, int) and step % (self._every * self._stride) == 0

    def is_due_after_epoch(self, epoch: int) -> bool:
        """Whether to capture at the end of this epoch, counted from 0."""
        return self._every == "epoch" and (epoch + 1) % self._stride == 0

    def has_room(self, n_captured: int, *, is_last: bool) -> bool:
        """Whether one more snapshot is allowed; the last place is kept for the end of training."""
        return n_captured < self._max_snapshots - (0 if is_last else 1)


def _check(every: Any) -> list[int]:
    """Returns the steps that are listed, ascending; none, where it is something else that is known."""
    if every in ("epoch", "log") if isinstance(every, str) else callable(every):
        return []
    if _is_whole(every) and every >= 1:
        return []
    if isinstance(every, Sequence | np.ndarray | range) and not isinstance(every, str) and len(every):
        steps = sorted({int(step) for step in every if _is_whole(step) and step >= 0})
        if len(steps) == len(every):
            return steps
    raise ValueError(
        f'every is {every!r}; expected "epoch", "log", a number of steps such as 100, a list of different steps such as '
        "[0, 10, 100], or a function of a step."
    )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
