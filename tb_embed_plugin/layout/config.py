"""What a user may say about a layout."""

from dataclasses import dataclass
from typing import Literal, get_args

Metric = Literal["euclidean", "cosine"]

MANY_POINTS = 5000
"""From here on time is worth saving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutConfig:
    """How to lay a sequence out. The defaults serve all data; each is explained where it is used.

    Attributes:
        n_dims: 2 or 3.
        perplexity: Size of the neighborhoods that are kept, in points (van der Maaten & Hinton 2008). None: 30, or a
            tenth of the points where there are fewer than 300. One that the points do not allow is lowered, with a warning.
        metric: How far apart two points' activations are: "euclidean", or "cosine" where only direction counts.
        distortion_budget: How much worse the steps' Kullback-Leibler divergence may become, as a share of that of the same
            steps laid out freely, for the sake of coherence: on average, and no step by about twice that. 0: the steps are
            not coupled. 0.05: five percent.
        n_iterations: Gradient steps after early exaggeration. None: 400, or 220 from 5,000 points on.
        seed: Of the random numbers; the same input and seed give the same positions.

    Raises:
        ValueError: A value is out of its range.
    """

    n_dims: int = 2
    perplexity: float | None = None
    metric: Metric = "euclidean"
    distortion_budget: float = 0.05
    n_iterations: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_dims not in (2, 3):
            raise ValueError(f"n_dims is {self.n_dims!r}; a layout has 2 or 3 dimensions.")
        if self.perplexity is not None and not self.perplexity >= 1:
            raise ValueError(f"perplexity is {self.perplexity!r}; it counts neighbors, so give 1 or more (30 is usual).")
        if self.metric not in get_args(Metric):
            raise ValueError(f"metric is {self.metric!r}; expected one of {', '.join(map(repr, get_args(Metric)))}.")
        if not self.distortion_budget >= 0:
            raise ValueError(f"distortion_budget is {self.distortion_budget!r}; give 0 (uncoupled) or more, e.g. 0.05.")
        if self.n_iterations is not None and self.n_iterations < 1:
            raise ValueError(f"n_iterations is {self.n_iterations!r}; give 1 or more (400 is usual).")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed!r}; give 0 or more.")
