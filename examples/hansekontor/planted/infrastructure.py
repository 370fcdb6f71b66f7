"""Infrastructure and Tarnfels Cloud: a cloud provider whose platform we describe in our own Terraform.

What is planted: nothing but two commits of somebody who works for two partners at once. Two of the decision records are
in the format of adr-tools, which has no place for who decided.
"""

from __future__ import annotations

from planted.documents import adr_tools, checks, madr4, readme, runbook
from planted.people import sign
from planted.plan import Area, Crew, Deed, Plan, Round

END = "2026-09-28"

_INFRA_CHECKS = checks("2024-06-11 lena-osterkamp", "2025-06-17 piet-hansen", "2026-06-16 lena-osterkamp")

INFRA = Plan(
    id="infra",
    title="Infrastructure",
    founder="lena-osterkamp",
    releaser="lena-osterkamp",
    manifest=("modules.txt", ".terraform.lock.hcl"),
    areas=(
        Area(
            "network",
            "tf",
            ("zones", "routing", "firewall", "peering"),
            ("zone", "route", "firewall", "subnet", "gateway"),
            (Crew("2020-10-01", END, 0.9, {"lena-osterkamp": 4, "piet-hansen": 4, "lars-wick": 1}),),
        ),
        Area(
            "cluster",
            "tf",
            ("nodes", "storage", "ingress", "identity"),
            ("node_pool", "volume", "ingress", "role", "quota"),
            (
                Crew("2020-11-01", "2024-02-29", 1.0, {"piet-hansen": 4, "lena-osterkamp": 3, "lars-wick": 1}),
                Crew("2024-03-01", END, 1.0, {"piet-hansen": 4, "lena-osterkamp": 4, "vera-lund@tarnfels": 1}),
            ),
        ),
        Area(
            "observability",
            "tf",
            ("alerts", "dashboards", "retention"),
            ("alert", "dashboard", "metric", "probe"),
            (Crew("2022-03-01", END, 0.7, {"lena-osterkamp": 3, "piet-hansen": 3, "mia-torfs": 1}),),
        ),
    ),
    rounds=(
        Round("2026-02-09", "piet-hansen", "network"),
        Round("2026-03-10", "lena-osterkamp", "cluster"),
        Round("2026-04-13", "piet-hansen", "observability"),
        Round("2026-06-08", "lena-osterkamp", "network"),
        Round("2026-06-22", "piet-hansen", "cluster"),
        Round("2026-07-06", "lena-osterkamp", "observability"),
    ),
    documents=(
        readme(
            "lena-osterkamp",
            "2020-10-20",
            "Infrastructure",
            {"network": "zones and routes", "cluster": "where it runs"},
            _INFRA_CHECKS,
        ),
        runbook(
            "docs/runbooks/node-lost.md",
            "piet-hansen",
            "2021-02-02",
            "a node is lost",
            ("cluster/nodes.tf",),
            _INFRA_CHECKS,
        ),
        adr_tools(
            "doc/adr/0001-record-architecture-decisions.md",
            "lena-osterkamp",
            1,
            "Record architecture decisions",
            "2020-10-21",
            checked=_INFRA_CHECKS,
        ),
        adr_tools(
            "doc/adr/0002-use-one-cluster-per-stage.md",
            "piet-hansen",
            2,
            "Use one cluster per stage",
            "2021-06-09",
            checked=_INFRA_CHECKS,
        ),
        madr4(
            "doc/adr/0003-buy-managed-storage.md",
            "lena-osterkamp",
            "Buy managed storage",
            "2023-04-18",
            ("Lena Osterkamp", "Lars Wick"),
            checked=_INFRA_CHECKS,
        ),
        madr4(
            "doc/adr/0004-keep-alerts-as-code.md",
            "piet-hansen",
            "Keep alerts as code",
            "2024-10-01",
            ("Piet Hansen",),
            checked=_INFRA_CHECKS,
        ),
    ),
    deeds=(
        # She is at two partners at once. An address may name one; her own names none, so the later stint counts.
        Deed(
            "2025-02-11",
            "cluster",
            lambda when: sign("vera-lund", when, email="vera@lund.example"),
            "Raise volume quotas",
        ),
        Deed(
            "2025-11-18",
            "cluster",
            lambda when: sign("vera-lund", when, email="vera.lund@quendel.example"),
            "Open a port for order search",
        ),
    ),
)

PLANS = (INFRA,)
