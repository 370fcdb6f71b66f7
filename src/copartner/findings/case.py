"""What rules are given: the values, exits and limits of one assessment, and how to ask for them.

Rules never compute a measure. They read values by measure and subject, compare them with limits, and say what they
read, so that each finding opens its evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from copartner.analysis.knowledge.exit_simulation import ExitSimulation
from copartner.analysis.measure import MeasureValue, Subject
from copartner.evidence.portfolio import Engagement, Partner, Portfolio, System


@dataclass(frozen=True)
class Case:
    """The facts of one assessment. ``limits`` are resolved (every id present)."""

    portfolio: Portfolio
    values: Mapping[tuple[str, Subject], MeasureValue]
    exits: Mapping[str, ExitSimulation]
    limits: Mapping[str, float]
    as_of: date

    @classmethod
    def of(
        cls,
        portfolio: Portfolio,
        values: Iterable[MeasureValue],
        exits: Iterable[ExitSimulation],
        limits: Mapping[str, float],
        as_of: date,
    ) -> Case:
        """Index values and exits. Raises ``ValueError`` for two values of one measure and subject."""
        indexed: dict[tuple[str, Subject], MeasureValue] = {}
        for value in values:
            key = (value.measure, value.subject)
            if key in indexed:
                raise ValueError(f"{value.measure}@{value.subject.key} is given twice")
            indexed[key] = value
        return cls(portfolio, indexed, {item.partner: item for item in exits}, limits, as_of)

    def value(self, measure: str, subject: Subject) -> MeasureValue | None:
        """The value of a measure for exactly this subject."""
        return self.values.get((measure, subject))

    def nearest(self, measure: str, subject: Subject) -> MeasureValue | None:
        """The value for the subject itself or the nearest wider one: without the partner, then for the whole system."""
        candidates = (
            subject,
            Subject(system=subject.system, component=subject.component),
            Subject(partner=subject.partner, system=subject.system),
            Subject(system=subject.system),
        )
        found = (self.values.get((measure, candidate)) for candidate in candidates)
        return next((value for value in found if value is not None), None)

    def partner(self, partner: str) -> Partner:
        return self.portfolio.partner(partner)

    def place_name(self, subject: Subject) -> str:
        """The system, or the component in it, by name."""
        if subject.system is None:
            return "the portfolio"
        system = self.portfolio.system(subject.system)
        if subject.component is None:
            return system.name
        names = {component.id: component.name for component in system.components}
        return f"{names.get(subject.component, subject.component)} in {system.name}"

    def subject_name(self, subject: Subject) -> str:
        """What a finding is about in words: place, partner, or place with partner."""
        if subject.partner is None:
            return self.place_name(subject)
        partner = self.partner(subject.partner).name
        return partner if subject.system is None else f"{self.place_name(subject)} with {partner}"

    def engaged(self, system: str) -> tuple[str, ...]:
        """Partners with an engagement on the system that is in force, in portfolio order."""
        found = {item.partner for item in self.portfolio.engagements if system in item.systems and self._in_force(item)}
        return tuple(partner.id for partner in self.portfolio.partners if partner.id in found)

    def sole_partner(self, system: str) -> str | None:
        """The engaged partner if there is exactly one: with several, what a system lacks is nobody's alone."""
        engaged = self.engaged(system)
        return engaged[0] if len(engaged) == 1 else None

    @cached_property
    def relations(self) -> tuple[tuple[Partner, System], ...]:
        """Pairs a knowledge rule is judged for, in portfolio order.

        The partner is engaged on the system, or holds a material share of its knowledge and once was engaged on it
        (or no engagement is declared for it at all, so that nothing says it was not). A partner is never judged on
        a system that was not its work.
        """
        declared = {item.partner for item in self.portfolio.engagements}
        pairs = []
        for system in self.portfolio.systems:
            engaged = self.engaged(system.id)
            once = {item.partner for item in self.portfolio.engagements if system.id in item.systems}
            for partner in self.portfolio.partners:
                subject = Subject(partner=partner.id, system=system.id)
                theirs = partner.id in once or partner.id not in declared
                if partner.id in engaged or (theirs and self.holds_enough(self.partner_share(subject))):
                    pairs.append((partner, system))
        return tuple(pairs)

    def holds_enough(self, share: float | None) -> bool | None:
        """Whether a partner's share of knowledge is material; unknown for an unknown share."""
        return None if share is None else share >= self.limits["partner.knowledge_share"]

    def partner_share(self, subject: Subject) -> float | None:
        """Share of the knowledge of a place that the partner holds, weighted as κ_int is; ``None`` where unknown.

        It is an input of ``kappa_int`` of that place, so both parts of the whole come from one value.
        """
        value = self.value("kappa_int", Subject(system=subject.system, component=subject.component))
        if value is None or value.value is None:
            return None
        share = value.inputs.get(f"kappa_{subject.partner}")
        return float(share) if share is not None else 0.0

    def components(self, system: str) -> tuple[str, ...]:
        """Components of a system that ``kappa_int`` was computed for, by id."""
        return tuple(
            sorted(
                subject.component
                for measure, subject in self.values
                if measure == "kappa_int" and subject.system == system and subject.component and not subject.partner
            )
        )

    def _in_force(self, engagement: Engagement) -> bool:
        return (engagement.start is None or engagement.start <= self.as_of) and (
            engagement.end is None or self.as_of <= engagement.end
        )
