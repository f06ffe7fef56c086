"""When to capture."""

import math
from typing import Literal

Every = Literal["epoch", "log"] | int

_GROWTH = 1.25
"""Ratio of log-spaced steps: ten in each factor of ten."""


class Cadence:
    """Tells whether a step is due, so that at most `max_snapshots` are, spread over the whole run where its length is known.

    The first and the last step are captured whatever the cadence; they count.
    """

    def __init__(self, every: Every, max_snapshots: int) -> None:
        """Checks the arguments.

        Raises:
            ValueError: `every` is not "epoch", "log" or a positive integer; `max_snapshots` is below 2.
        """
        is_count = isinstance(every, int) and not isinstance(every, bool) and every >= 1
        if not is_count and every not in ("epoch", "log"):
            raise ValueError(f'every is {every!r}; expected "epoch", "log", or a number of steps such as 100.')
        if max_snapshots < 2:
            raise ValueError(
                f"max_snapshots is {max_snapshots}; at least the first and the last step are captured: give 2 or more."
            )
        self._every = every
        self._max_snapshots = max_snapshots
        self._stride = 1
        self._growth = _GROWTH
        self._next_log_step = 1

    def plan(self, first_step: int, n_epochs: int | None, steps_per_epoch: int | None) -> None:
        """Spaces the captures out where the run is so long that there would be too many; None: not known."""
        n_steps = n_epochs * steps_per_epoch if n_epochs and steps_per_epoch else None
        self._next_log_step = first_step + 1
        if self._every == "log":
            if n_steps:
                self._growth = max(_GROWTH, (first_step + n_steps) ** (1 / max(1, self._max_snapshots - 2)))
            return
        n_due = n_epochs if self._every == "epoch" else n_steps and n_steps // int(self._every)
        if n_due:
            # One is for the first step, one for the last.
            self._stride = math.ceil(n_due / max(1, self._max_snapshots - 2))

    def is_due_after_batch(self, step: int) -> bool:
        """Whether to capture after the batch that made this step."""
        if self._every == "epoch":
            return False
        if self._every == "log":
            if step < self._next_log_step:
                return False
            self._next_log_step = max(step + 1, math.ceil(step * self._growth))
            return True
        return step % (int(self._every) * self._stride) == 0

    def is_due_after_epoch(self, epoch: int) -> bool:
        """Whether to capture at the end of this epoch, counted from 0."""
        return self._every == "epoch" and (epoch + 1) % self._stride == 0

    def has_room(self, n_captured: int, *, is_last: bool) -> bool:
        """Whether one more snapshot is allowed; the last place is kept for the end of training."""
        return n_captured < self._max_snapshots - (0 if is_last else 1)
