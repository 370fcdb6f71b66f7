"""Bands of a scale: half-open, the top one closed, so that every value of the range lies in exactly one.

Other tools left 100 in no band and 99.9 in another than 100 (ERPNext's scorecards compare ``max_grade > score``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bands:
    """``edges`` from the lowest to the highest value; band i is ``[edges[i], edges[i+1])``, the last one closed.

    Raises ``ValueError`` unless the edges rise strictly and there is one name per band.
    """

    edges: tuple[float, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.edges) < 2 or any(low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError(f"band edges must rise strictly: {self.edges}")
        if len(self.names) != len(self.edges) - 1:
            raise ValueError(f"{len(self.edges) - 1} bands need as many names, not {len(self.names)}")

    @classmethod
    def of(cls, low: float, high: float, limits: Sequence[float], names: Sequence[str]) -> Bands:
        """Bands of the scale ``low`` to ``high`` cut at ``limits``."""
        return cls((low, *limits, high), tuple(names))

    def name(self, value: float) -> str:
        """The band of a value. Raises ``ValueError`` outside the scale."""
        if not self.edges[0] <= value <= self.edges[-1]:
            raise ValueError(f"{value} lies outside {self.edges[0]} to {self.edges[-1]}")
        return self.names[min(bisect_right(self.edges, value), len(self.names)) - 1]
