"""What happens when a capture fails: one warning, a pause, and tries at growing intervals."""

import warnings
from typing import Literal

OnError = Literal["warn", "raise"]


class ErrorPolicy:
    """Tells about failures, and when to try again.

    Hours of training are worth more than their picture, so a failure warns, once; captures are tried again at the next one that
    is due, then after 1, 3, 7 … that are passed over, and at the end of the training. The first that succeeds ends the pause.
    """

    def __init__(self, on_error: OnError) -> None:
        self._raises = on_error == "raise"
        self._failed_at: int | None = None
        self._n_missed = 0
        self._n_to_pass = 0
        self._interval = 0

    @property
    def is_paused(self) -> bool:
        return self._failed_at is not None

    def should_try(self, *, is_last: bool) -> bool:
        """Whether to capture now; counts a capture that is passed over."""
        if not self.is_paused or is_last or self._n_to_pass == 0:
            return True
        self._n_to_pass -= 1
        self._n_missed += 1
        return False

    def fail(self, step: int, error: BaseException) -> None:
        """A capture failed: raises, or warns and pauses."""
        if self._raises:
            raise error
        self._n_missed += 1
        if self._failed_at is None:
            self._failed_at, self._interval, self._n_to_pass = step, 0, 0
            warn(
                f"Training Evolution pauses capturing at step {step}: {type(error).__name__}: {error} "
                "Training goes on; what was captured is kept, and a later capture tries again."
            )
            return
        self._interval = 2 * self._interval + 1
        self._n_to_pass = self._interval

    def succeed(self, step: int) -> None:
        """A capture of a pause succeeded."""
        if self._failed_at is not None:
            warn(
                f"Training Evolution goes on capturing at step {step}. Captures missing since step {self._failed_at}: "
                f"{self._n_missed}."
            )
        self._failed_at, self._n_missed = None, 0


def warn(message: str) -> None:
    """Warns the person who trains."""
    # No line of theirs is to blame.
    warnings.warn(message, RuntimeWarning, stacklevel=2)
