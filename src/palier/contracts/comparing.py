"""What changes for one customer when its contract moves to another revision of its programme."""

from __future__ import annotations

from datetime import datetime

from palier.contracts import queries
from palier.contracts.models import ProgrammeRevision
from palier.contracts.standings import Standings
from palier.programme import comparison
from palier.programme.comparison import Difference, Terms


def statement(contract: Standings, revision: ProgrammeRevision, at: datetime) -> tuple[Difference, ...]:
    """What changes for this customer at an instant; empty when nothing does."""
    there = contract.as_of(at)
    terms = Terms(plan=there.plan, options=there.options, seats=there.seats, term=there.term)
    return comparison.statement(queries.programme(there.revision_id), queries.programme_of(revision), terms)
