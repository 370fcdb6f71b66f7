"""All plans together, played into repositories and written to a folder."""

from __future__ import annotations

from planted import data_platform, infrastructure, mobile, order_core, own, payments
from planted.plan import Plan
from planted.portfolio import REPOSITORIES
from planted.repository import Repository
from planted.story import Player

VERSION = "1"
"""Changes whenever the world does; commit names of one version are the same everywhere."""

PLANS: dict[str, Plan] = {
    plan.id: plan
    for story in (payments, order_core, infrastructure, mobile, data_platform, own)
    for plan in story.PLANS
}


def play() -> dict[str, Repository]:
    """Play every repository, in the order of the portfolio."""
    return {identifier: Player(PLANS[identifier]).play() for identifier in REPOSITORIES}
