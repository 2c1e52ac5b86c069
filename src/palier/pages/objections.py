"""What was contested, in the reader's words: to whom it went, by when it is answered, and the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.tickets.models import Contested, Objection


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionView:
    """One objection. `sentence` says where it stands; `answer` is empty until there is one."""

    id: str
    what: str
    title: str
    words: str
    who: str
    customer: str
    when: str
    sentence: str
    due: str
    is_open: bool
    is_late: bool
    upheld: bool
    answer: str


def titles() -> dict[str, str]:
    """What can be contested, in words."""
    return {
        Contested.SEVERITY.value: _("The severity"),
        Contested.RELIEF.value: _("The relief"),
        Contested.CAUSE.value: _("The cause"),
        Contested.DECISION.value: _("The decision"),
        Contested.INVOICE_LINE.value: _("A line of an invoice"),
    }


def views(
    rows: QuerySet[Objection] | Iterable[Objection], speech: Speech, *, zone: str
) -> tuple[ObjectionView, ...]:
    """Objections in words, their times in a zone."""
    if isinstance(rows, QuerySet):
        rows = rows.select_related("staff", "contact", "organisation", "answered_by")
    return tuple(_view(row, speech, zone) for row in rows)


def _view(row: Objection, speech: Speech, zone: str) -> ObjectionView:
    moments, title = speech.moments_in(zone), titles()[row.what]
    if row.line is not None:
        title = _("Line %(n)d of invoice %(number)s") % {"n": row.line, "number": row.invoice}
    who = row.staff.name if row.staff is not None else _("The desk’s managers")
    due = moments.day_time(row.due_at)
    if row.answered_at is None:
        sentence = _("%(who)s answers before %(when)s.") % {"who": who, "when": due}
    else:
        by = row.answered_by.name if row.answered_by is not None else who
        values = {"who": by, "when": moments.day_time(row.answered_at)}
        sentence = (
            _("%(who)s answered on %(when)s: you were right.")
            if row.upheld
            else _("%(who)s answered on %(when)s: it stays as it is.")
        ) % values
    return ObjectionView(
        id=str(row.id),
        what=row.what,
        title=title,
        words=row.words,
        who=row.contact.name,
        customer=row.organisation.name,
        when=moments.day_time(row.at),
        sentence=speech.typeset(sentence),
        due=due,
        is_open=row.answered_at is None,
        is_late=row.answered_at is not None and row.answered_at > row.due_at,
        upheld=bool(row.upheld),
        answer=row.answer,
    )
