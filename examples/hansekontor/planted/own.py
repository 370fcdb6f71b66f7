"""What we build ourselves: checkout, customer accounts, and the platform, of which only a part is a declared system."""

from __future__ import annotations

from planted.documents import madr4, readme, runbook
from planted.people import sign
from planted.plan import Area, Crew, Deed, Foreign, Plan

END = "2026-09-28"

CHECKOUT = Plan(
    id="checkout",
    title="Checkout",
    founder="tom-rieger",
    releaser="tom-rieger",
    manifest=("package.json", "package-lock.json"),
    areas=(
        # Nordhang helped out in 2023. They are not engaged here, so nothing may be said about them.
        Area(
            "cart",
            "ts",
            ("lines", "totals", "merge", "saved", "totals_test"),
            ("cart", "cart_line", "total", "gift_note", "session"),
            (
                Crew("2020-10-01", "2022-12-31", 1.4, {"tom-rieger": 4, "arne-volkers": 3}),
                Crew("2023-01-01", "2023-12-31", 1.6, {"tom-rieger": 3, "carla-voss": 2, "wiebke-claasen": 1}),
                Crew("2024-01-01", "2025-03-31", 1.4, {"tom-rieger": 4, "arne-volkers": 3}),
                Crew("2025-04-01", END, 1.6, {"tom-rieger": 3, "wiebke-claasen": 4, "arne-volkers": 1}),
            ),
        ),
        Area(
            "pricing",
            "ts",
            ("rules", "discounts", "rounding", "campaigns", "rules_test"),
            ("price", "discount", "campaign", "price_rule", "margin"),
            (
                Crew("2020-12-01", "2025-03-31", 1.2, {"tom-rieger": 3, "arne-volkers": 3}),
                Crew("2025-04-01", END, 1.4, {"tom-rieger": 3, "wiebke-claasen": 3}),
            ),
        ),
    ),
    documents=(
        readme(
            "tom-rieger",
            "2020-10-14",
            "Checkout",
            {"cart": "what is bought", "pricing": "for how much"},
            (("2026-05-27", "wiebke-claasen"),),
        ),
        madr4(
            "docs/decisions/0001-price-on-the-server.md",
            "tom-rieger",
            "Price on the server",
            "2021-02-23",
            ("Tom Rieger", "Arne Volkers"),
            checked=(("2026-05-27", "tom-rieger"),),
        ),
    ),
)

ACCOUNTS = Plan(
    id="customer-accounts",
    title="Customer accounts",
    founder="nele-jessen",
    releaser="nele-jessen",
    manifest=("package.json", "package-lock.json"),
    areas=(
        Area(
            "login",
            "ts",
            ("password", "sessions", "second_factor", "lockout", "sessions_test"),
            ("login", "session", "device", "lockout", "second_factor"),
            (
                Crew("2020-10-01", "2023-12-31", 1.3, {"nele-jessen": 3, "arne-volkers": 2}),
                Crew("2024-01-01", END, 1.3, {"nele-jessen": 3, "yusuf-aydin": 3, "ruth-janssen": 0.5}),
            ),
        ),
        Area(
            "consent",
            "ts",
            ("purposes", "history", "withdrawal", "banner"),
            ("consent", "purpose", "withdrawal", "banner", "proof"),
            (
                Crew("2021-03-01", "2023-12-31", 0.9, {"nele-jessen": 3, "hanna-petersen": 1}),
                Crew("2024-01-01", END, 0.9, {"nele-jessen": 3, "yusuf-aydin": 2}),
            ),
        ),
    ),
    documents=(
        readme(
            "nele-jessen",
            "2020-10-27",
            "Customer accounts",
            {"login": "lets people in", "consent": "asks first"},
            (("2026-04-22", "nele-jessen"),),
        ),
        madr4(
            "docs/decisions/0001-no-passwords-by-mail.md",
            "nele-jessen",
            "No passwords by mail",
            "2021-01-12",
            ("Nele Jessen",),
            checked=(("2026-04-22", "nele-jessen"),),
        ),
    ),
    foreign=(Foreign("static/widget.js", "nele-jessen", (("2022-05-03", 900),), "minified"),),
    deeds=(
        # An undated record says he is ours; the address of Quendel on the commit says where he was then.
        Deed("2023-03-14", "login", lambda when: sign("yusuf-aydin", when), "Pass order numbers to the login page"),
        # Here only the undated record is left to go by.
        Deed(
            "2024-09-03",
            "consent",
            lambda when: sign("yusuf-aydin", when, email="yusuf@aydin.example"),
            "Shorten the banner",
        ),
        Deed(
            "2025-10-21",
            "consent",
            lambda when: sign("yusuf-aydin", when, email="yusuf@aydin.example"),
            "Keep proofs for a year",
        ),
    ),
)

PLATFORM = Plan(
    id="platform",
    title="Platform",
    founder="jonas-breit",
    releaser="jonas-breit",
    manifest=("requirements.txt", "requirements.lock"),
    areas=(
        Area(
            "pipelines",
            "py",
            ("build", "deploy", "gates", "rollback", "test_gates"),
            ("pipeline", "stage", "gate", "artifact", "rollout"),
            (Crew("2020-10-01", END, 1.5, {"jonas-breit": 4, "piet-hansen": 2, "lena-osterkamp": 1}),),
        ),
        Area(
            "libs",
            "py",
            ("auth", "tracing", "settings", "retry", "test_retry"),
            ("client", "trace", "setting", "retry_plan", "secret"),
            (Crew("2020-11-01", END, 1.2, {"jonas-breit": 3, "tom-rieger": 2, "nele-jessen": 1}),),
        ),
        # In the same repository and in no declared system.
        Area(
            "sandbox",
            "py",
            ("load_test", "seed_data", "screenshots"),
            ("sample", "seed", "load_run", "picture"),
            (Crew("2021-05-01", END, 0.5, {"jonas-breit": 1, "mara-wendt": 1}),),
            strangers=0.1,
        ),
    ),
    documents=(
        readme(
            "jonas-breit",
            "2020-10-09",
            "Platform",
            {"pipelines": "bring code to users", "libs": "are used everywhere"},
            (("2026-06-03", "jonas-breit"),),
        ),
        runbook(
            "docs/runbooks/rollback.md",
            "jonas-breit",
            "2021-04-13",
            "rolling back",
            ("pipelines/rollback.py",),
            (("2026-06-03", "piet-hansen"),),
        ),
        madr4(
            "docs/decisions/0001-one-pipeline-for-all.md",
            "jonas-breit",
            "One pipeline for all",
            "2021-03-09",
            ("Jonas Breit", "Mara Wendt"),
            checked=(("2026-06-03", "jonas-breit"),),
        ),
    ),
)

PLANS = (CHECKOUT, ACCOUNTS, PLATFORM)
