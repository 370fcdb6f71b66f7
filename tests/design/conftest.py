"""The design room on its own: Django configured for rendering only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.utils import translation

from copartner.design import rendering

rendering.prepare()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Tests read English unless they say otherwise."""
    with translation.override("en"):
        yield


@pytest.fixture
def german() -> Callable[[], AbstractContextManager[None]]:
    return lambda: translation.override("de")
