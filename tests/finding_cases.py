"""Values and outcomes of rules for tests: Payments, which Nordhang builds, and Shop, which Quendel builds."""

from __future__ import annotations

from collections.abc import Mapping

from copartner.analysis.measure import EvidenceRows, MeasureValue, Subject
from copartner.evidence.portfolio import Portfolio
from copartner.findings.engine import judge
from copartner.findings.finding import Finding
from exit_worlds import AS_OF, portfolio

PAYMENTS = Subject(system="payments")
NORDHANG = Subject("nordhang", "payments")


def value(
    measure: str,
    number: float | None,
    subject: Subject = PAYMENTS,
    *,
    n: int = 50,
    coverage: float | None = 0.99,
    interval: tuple[float, float] | None = None,
    sensitivity: Mapping[str, float | None] | None = None,
    rows: int = 12,
    **inputs: float | int | str | None,
) -> MeasureValue:
    return MeasureValue(
        measure=measure,
        version=1,
        subject=subject,
        as_of=AS_OF,
        value=number,
        reason=None if number is not None else "nothing to measure",
        interval=interval,
        n=n,
        coverage=coverage,
        inputs=inputs,
        sensitivity=sensitivity or {},
        rows=EvidenceRows(("path",), tuple((f"f{row}.py",) for row in range(rows)), 40, "file_change"),
    )


def kappa(
    number: float | None, subject: Subject = PAYMENTS, nordhang: float | None = None, **more: object
) -> MeasureValue:
    """κ_int with the partners' parts; by default the rest is Nordhang's."""
    rest = (0.0 if number is None else 1 - number) if nordhang is None else nordhang
    return value("kappa_int", number, subject, kappa_nordhang=rest, **more)  # type: ignore[arg-type]


def about(found: list[Finding], rule: str, subject: Subject = NORDHANG) -> Finding:
    return next(item for item in found if item.rule == rule and item.subject == subject)


def one(rule: str, *values: MeasureValue, subject: Subject = NORDHANG, plan: Portfolio | None = None) -> Finding:
    return about(judge(plan or portfolio(), values, [], AS_OF), rule, subject)
