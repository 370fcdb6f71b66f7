"""Randomness that is the same on every machine and every Python.

Of the ``random`` module only ``random()`` is promised to stay reproducible for a given seed, so everything here is
built on that one method.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Dice:
    """A stream of choices that depends on nothing but its seed."""

    def __init__(self, seed: str) -> None:
        self._draw = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        return self._draw() < probability

    def between(self, low: int, high: int) -> int:
        """Draw an integer from ``low`` to ``high``, both included."""
        return low + int(self._draw() * (high - low + 1))

    def round(self, value: float) -> int:
        """Round up or down at random so that the mean over many calls is ``value``."""
        return int(value + self._draw())

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self._draw() * len(items))]

    def weighted(self, weights: Mapping[Item, float]) -> Item:
        """Pick a key with a probability proportional to its weight."""
        point = self._draw() * sum(weights.values())
        for item, weight in weights.items():
            point -= weight
            if point < 0:
                return item
        return list(weights)[-1]

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """Pick ``count`` different items (or all, if there are fewer) in the order they stand in."""
        left = list(range(len(items)))
        chosen = [left.pop(int(self._draw() * len(left))) for _ in range(min(count, len(items)))]
        return [items[index] for index in sorted(chosen)]
