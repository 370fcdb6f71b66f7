"""Order core and Quendel Labs: ownership outsourced, and a lock-in by knowledge.

What is planted: the owner named in the portfolio left in May 2024; every accepted decision was Quendel's alone; seven
tenths of the living knowledge are theirs. Some of us know parts of it and the documents are fresh, so it is no black
box. Traps: a person with two stints at Quendel, and one who works for Quendel and Tarnfels at once.
"""

from __future__ import annotations

from planted.clock import day
from planted.documents import Document, checks, madr4, readme, runbook
from planted.plan import Area, Crew, Plan

END = "2026-09-28"

_QUENDEL_CHECKS = checks("2024-09-10 gerd-pohl", "2025-08-19 ilja-romanov", "2026-07-21 gerd-pohl")


def _order_decision(number: int, title: str, decided_on: str, *deciders: str) -> Document:
    path = f"docs/decisions/{number:04d}-{title.lower().replace(' ', '-')}.md"
    return madr4(path, "gerd-pohl", title, decided_on, deciders, checked=_QUENDEL_CHECKS)


ORDER_CORE = Plan(
    id="order-core",
    title="Order core",
    founder="hanna-petersen",
    releaser="gerd-pohl",
    manifest=("requirements.txt", "requirements.lock"),
    bumps=1.5,
    areas=(
        Area(
            "state_machine",
            "py",
            ("states", "transitions", "guards", "effects", "history", "test_transitions"),
            ("order", "state", "transition", "guard", "basket", "side_effect"),
            (
                Crew("2020-10-01", "2022-06-30", 1.5, {"gerd-pohl": 3, "hanna-petersen": 2, "karl-ebbers": 3}),
                Crew("2022-07-01", "2023-12-31", 1.5, {"gerd-pohl": 3, "hanna-petersen": 2, "yusuf-aydin": 2}),
                Crew("2024-01-01", "2024-05-31", 1.5, {"gerd-pohl": 3, "hanna-petersen": 1, "ilja-romanov": 2}),
                Crew(
                    "2024-06-01", END, 1.5, {"gerd-pohl": 3, "karl-ebbers": 2, "ilja-romanov": 2, "arne-volkers": 2.8}
                ),
            ),
        ),
        Area(
            "allocation",
            "py",
            ("stock", "reserve", "warehouses", "split_orders", "test_reserve"),
            ("stock", "warehouse", "reservation", "shelf", "shortage"),
            (
                Crew("2020-11-01", "2023-12-31", 1.2, {"henrike-maas": 3, "yusuf-aydin": 3, "hanna-petersen": 1}),
                Crew("2024-01-01", END, 1.2, {"henrike-maas": 3, "judith-keller": 3, "yusuf-aydin": 2.4}),
            ),
        ),
        Area(
            "returns",
            "py",
            ("slips", "inspection", "restock", "credit", "test_slips"),
            ("return_slip", "parcel", "inspection", "credit_note", "defect"),
            (
                Crew("2021-09-01", "2023-12-31", 1.1, {"judith-keller": 3, "ilja-romanov": 3}),
                Crew("2024-01-01", END, 1.1, {"judith-keller": 3, "ilja-romanov": 3, "arne-volkers": 2.4}),
            ),
        ),
    ),
    documents=(
        readme(
            "gerd-pohl",
            "2021-01-20",
            "Order core",
            {"state_machine": "moves orders on", "allocation": "finds the stock"},
            _QUENDEL_CHECKS,
        ),
        runbook(
            "docs/runbooks/stuck-orders.md",
            "ilja-romanov",
            "2022-10-05",
            "orders are stuck",
            ("state_machine/states.py",),
            _QUENDEL_CHECKS,
        ),
        _order_decision(1, "Keep states in one table", "2020-11-18", "Gerd Pohl", "Karl Ebbers"),
        _order_decision(2, "Reserve stock before payment", "2021-03-03", "henrike.maas@quendel.example"),
        _order_decision(3, "Store transitions as events", "2021-10-12", "Gerd Pohl"),
        _order_decision(4, "Split orders by warehouse", "2022-08-30", "Henrike Maas", "Gerd Pohl"),
        _order_decision(5, "Let returns restock at once", "2023-06-14", "ilja-romanov"),
        _order_decision(6, "Replay events at night", "2024-11-05", "Gerd Pohl", "Ilja Romanov"),
        _order_decision(7, "Drop the second broker", "2025-09-23", "Karl Ebbers"),
        madr4(
            "docs/decisions/0008-move-to-a-graph-store.md",
            "gerd-pohl",
            "Move to a graph store",
            "2026-05-19",
            ("Gerd Pohl", "Jonas Breit"),
            status="rejected",
            checked=checks("2026-07-21 gerd-pohl"),
        ),
    ),
)

ORDER_SEARCH = Plan(
    id="order-search",
    title="Order search",
    founder="gerd-pohl",
    releaser="ilja-romanov",
    manifest=("go.mod", "go.sum"),
    first=day("2022-01-10"),
    areas=(
        Area(
            "index",
            "go",
            ("build", "merge", "fields", "schedule", "build_test"),
            ("index", "segment", "field_map", "shard", "document"),
            (Crew("2022-01-10", END, 1.3, {"vera-lund@quendel": 3, "ilja-romanov": 3, "nele-jessen": 2.4}),),
        ),
        Area(
            "query",
            "go",
            ("parse", "rank", "suggest", "filters", "parse_test"),
            ("query", "term", "filter", "ranking", "suggestion"),
            (Crew("2022-03-01", END, 1.3, {"ilja-romanov": 3, "judith-keller": 3, "nele-jessen": 2.4}),),
        ),
    ),
    documents=(
        readme(
            "ilja-romanov",
            "2022-02-15",
            "Order search",
            {"index": "builds the index", "query": "asks it"},
            _QUENDEL_CHECKS,
        ),
    ),
)

PLANS = (ORDER_CORE, ORDER_SEARCH)
