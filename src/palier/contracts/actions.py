"""Everything that is done to programmes and contracts, in one place to call; the modules beside it do it.

Each action locks the customer's row first and tells the listeners last, in its own transaction: a payment and the
requests it frees become true together. Rules: docs/reference/contracts.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from palier.contracts import drawing, holidays, queries
from palier.contracts.changing import amend as amend
from palier.contracts.changing import change_seats as change_seats
from palier.contracts.changing import end as end
from palier.contracts.changing import lift_suspension as lift_suspension
from palier.contracts.changing import mark_paid as mark_paid
from palier.contracts.changing import renew as renew
from palier.contracts.changing import suspend as suspend
from palier.contracts.hanging import add_document as add_document
from palier.contracts.hanging import add_project as add_project
from palier.contracts.hanging import add_solution as add_solution
from palier.contracts.hanging import change_project as change_project
from palier.contracts.hanging import hand_over as hand_over
from palier.contracts.models import Contract, ProgrammeRevision
from palier.contracts.naming import authorise_contact as authorise_contact
from palier.contracts.naming import name_stand_in as name_stand_in
from palier.contracts.naming import name_user as name_user
from palier.contracts.naming import swap_contact as swap_contact
from palier.contracts.naming import withdraw_contact as withdraw_contact
from palier.contracts.naming import withdraw_user as withdraw_user
from palier.contracts.roles import name_region as name_region
from palier.contracts.roles import name_role as name_role
from palier.contracts.roles import withdraw_role as withdraw_role
from palier.people import access
from palier.people.models import Contact, Organisation
from palier.programme.problems import Problem, any_errors


class NotPublished(access.Refused):
    """A programme that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(
            code="programme-has-problems",
            en=f"The programme has {len(problems)} problems; the first: {problems[0].text('en')}",
            fr=f"Le programme a {len(problems)} problèmes ; le premier : {problems[0].text('fr')}",
        )


# --- programmes -------------------------------------------------------------------------------------


def publish_revision(*, by: access.Viewer, source: str, now: datetime) -> ProgrammeRevision:
    """Keep a programme's text, by content; the same text again is the same revision.

    Its calendars' holidays are frozen too. Raises NotPublished with every problem of a text that cannot be used.
    """
    access.require_role(by, access.WRITES_PROGRAMMES)
    text = source.replace("\r\n", "\n")
    loaded = queries.read_programme(text)
    if loaded.programme is None or any_errors(loaded.problems):
        raise NotPublished(loaded.problems)
    programme = loaded.programme
    revision, _ = ProgrammeRevision.objects.get_or_create(
        vendor_id=by.vendor_id,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        defaults={
            "programme": programme.id,
            "effective_on": programme.effective_on,
            "source": text,
            "recorded_at": now,
        },
    )
    holidays.versions(by.vendor_id, holidays.codes_needed(programme, ""), now)
    return revision


# --- drawing up -------------------------------------------------------------------------------------


def draw_up(
    *,
    by: access.Viewer,
    organisation: Organisation,
    plan: str,
    number: str,
    activation_on: date,
    now: datetime,
    revision: ProgrammeRevision | None = None,
    options: Sequence[str] = (),
    term: str | None = None,
    seats: int = 1,
    products: Mapping[str, str] | Sequence[str] = (),
    unmaintained: Sequence[str] = (),
    environments: Sequence[str] = (),
    contacts: Sequence[Contact] = (),
    paid_at: datetime | None = None,
    covers_whole_licence: bool = True,
    yearly_amount: int | None = None,
) -> Contract:
    """A contract of a plan from its activation date on: `drawing.draw_up` with the terms one by one."""
    return drawing.draw_up(
        by=by,
        terms=drawing.Terms(
            organisation=organisation,
            plan=plan,
            number=number,
            activation_on=activation_on,
            revision=revision,
            options=options,
            term=term,
            seats=seats,
            products=products,
            unmaintained=unmaintained,
            environments=environments,
            contacts=contacts,
            paid_at=paid_at,
            covers_whole_licence=covers_whole_licence,
            yearly_amount=yearly_amount,
        ),
        now=now,
    )
