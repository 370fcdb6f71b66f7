"""The mobile app and Fennek Mobile: abandoned code.

What is planted: until August 2024 the app was written by a team of ours and by Altdorf Soft; all of them left. Fennek
took over and works on screens and push messages only. Offline mode, store and basket have not been touched since,
although shares of knowledge look fine there: what everybody forgets at the same pace keeps its shares.
"""

from __future__ import annotations

from planted.documents import checks, madr3, readme
from planted.plan import Area, Crew, Plan

END = "2026-09-28"

_FENNEK_NOW = {"greta-lindqvist": 5, "tom-rieger": 4, "doro-falk": 1.5, "kai-uhland": 1.5}
_UNTIL_TAKEOVER = {"bo-marten": 5, "inga-sievers": 5, "nils-ahrendt": 1.5, "olga-weiss": 1.5}
_MOBILE_CHECKS = checks("2025-03-12 greta-lindqvist", "2026-07-08 greta-lindqvist")

MOBILE = Plan(
    id="mobile-app",
    title="Mobile app",
    founder="bo-marten",
    releaser="greta-lindqvist",
    manifest=("package.json", "package-lock.json"),
    bumps=1.5,
    areas=(
        Area(
            "screens",
            "ts",
            ("home", "search", "product", "account", "orders", "settings", "help", "home_test"),
            ("screen", "button", "list_row", "banner", "gesture", "theme"),
            (
                Crew("2021-01-04", "2024-08-30", 1.4, {"greta-lindqvist": 3, "bo-marten": 2, "nils-ahrendt": 2}),
                Crew("2024-09-02", "2025-04-30", 2.9, _FENNEK_NOW),
                Crew("2025-05-02", END, 2.9, {**_FENNEK_NOW, "lina-brodersen": 1}),
            ),
        ),
        Area(
            "push",
            "ts",
            ("channels", "tokens", "inbox", "badges"),
            ("push_message", "channel", "badge", "device", "inbox_entry"),
            (
                Crew("2021-06-01", "2024-08-30", 0.8, {"greta-lindqvist": 3, "olga-weiss": 2}),
                Crew("2024-09-02", END, 1.2, _FENNEK_NOW),
            ),
        ),
        # Nobody who wrote the next three is here any more; since September 2024 nobody has touched them.
        Area(
            "offline",
            "ts",
            ("cache", "sync", "conflicts", "storage", "outbox", "sync_test"),
            ("cache_entry", "sync_run", "conflict", "outbox", "snapshot"),
            (Crew("2021-01-04", "2024-08-28", 1.6, {**_UNTIL_TAKEOVER}),),
            strangers=0.0,
        ),
        Area(
            "store",
            "ts",
            ("catalogue", "prices", "favourites", "reviews", "catalogue_test"),
            ("product", "price_tag", "favourite", "review", "shelf"),
            (Crew("2021-02-01", "2024-07-30", 1.4, {**_UNTIL_TAKEOVER, "paul-zimmer": 0.5}),),
            strangers=0.0,
        ),
        Area(
            "basket",
            "ts",
            ("lines", "vouchers", "shipping", "checkout_link"),
            ("basket", "voucher", "shipping_rate", "basket_line"),
            (
                Crew("2021-03-01", "2022-09-30", 1.2, {**_UNTIL_TAKEOVER}),
                Crew("2022-10-01", "2024-01-30", 1.2, {"bo-marten": 4, "inga-sievers": 4, "karl-ebbers": 1}),
                Crew("2024-02-01", "2024-08-20", 1.2, {"bo-marten": 4, "inga-sievers": 4}),
            ),
            strangers=0.0,
        ),
    ),
    documents=(
        readme(
            "bo-marten",
            "2021-01-15",
            "Mobile app",
            {"screens": "what people see", "push": "what reaches them"},
            _MOBILE_CHECKS,
        ),
        madr3(
            "docs/decisions/0001-write-it-once-for-both-systems.md",
            "bo-marten",
            "Write it once for both systems",
            "2021-01-20",
            ("Bo Marten", "Nils Ahrendt"),
            checked=_MOBILE_CHECKS,
        ),
        madr3(
            "docs/decisions/0002-cache-before-network.md",
            "inga-sievers",
            "Cache before network",
            "2021-09-14",
            ("Inga Sievers",),
            checked=_MOBILE_CHECKS,
        ),
        madr3(
            "docs/decisions/0003-hand-the-app-to-fennek.md",
            "greta-lindqvist",
            "Hand the app to Fennek",
            "2024-07-02",
            ("Greta Lindqvist", "Bo Marten"),
            checked=_MOBILE_CHECKS,
        ),
    ),
)

PLANS = (MOBILE,)
