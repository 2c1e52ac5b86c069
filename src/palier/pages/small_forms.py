"""Small forms, of the desk and the portal: what they ask as values, set down by one template, and what was sent read back.

A form is shown folded under its title; a refusal shows the page again with the form open and everything that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import QueryDict

from palier.core import money, terms
from palier.pages import moments
from palier.people.access import Refused

LARGEST = 20 * 1024 * 1024
_MONEY = re.compile(r"[\s\u00a0\u202f']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice of a list."""

    value: str
    name: str
    hint: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing asked. `kind`: text, email, secret (never sent back), long, whole, money, date, choice, several, check or file."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    required: bool = False

    @property
    def blank(self) -> bool:
        """Whether a choice may be left open."""
        return not self.required


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: where it is sent, what it asks, what its button says; `says` tells what it will do."""

    action: str
    title: str
    button: str
    url: str
    fields: tuple[Field, ...] = ()
    says: str = ""
    opened: bool = False
    refusal: str = ""
    later: bool = False
    """Only its title, which asks for the page with the form open: for one whose fields cost more than the page."""

    @property
    def has_file(self) -> bool:
        """Whether a file is sent with it."""
        return any(field.kind == "file" for field in self.fields)


def options(names: Mapping[str, str] | Iterable[tuple[str, str]], *chosen: str) -> tuple[Option, ...]:
    """Choices from ids and names, those of `chosen` marked."""
    pairs = names.items() if isinstance(names, Mapping) else names
    return tuple(Option(value=str(id_), name=name, chosen=str(id_) in chosen) for id_, name in pairs)


def filled(form: Form, sent: QueryDict | None, refusal: str) -> Form:
    """The form as it was sent, open, with what is wrong; as it is where nothing was sent."""
    if sent is None:
        return form
    fields = tuple(_refilled(field, sent) for field in form.fields)
    return Form(
        action=form.action,
        title=form.title,
        button=form.button,
        url=form.url,
        fields=fields,
        says=form.says,
        opened=True,
        refusal=refusal,
    )


def _refilled(field: Field, sent: QueryDict) -> Field:
    given = sent.getlist(field.name)
    return Field(
        name=field.name,
        label=field.label,
        kind=field.kind,
        value=given[0] if given and field.kind != "secret" else "",
        hint=field.hint,
        options=tuple(
            Option(value=one.value, name=one.name, hint=one.hint, chosen=one.value in given)
            for one in field.options
        ),
        required=field.required,
    )


# --- reading ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was sent."""

    filename: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent, read value by value. Each raises Refused with the field's label and how it is written."""

    data: QueryDict
    files: Mapping[str, Any]
    form: Form
    zone: str

    def upload(self, name: str) -> Upload | None:
        """The file sent there. Raises Refused for one above LARGEST."""
        found = self.files.get(name)
        if found is None:
            if self._field(name).required:
                raise self._refused(name, en="is needed", fr="est nécessaire")
            return None
        if found.size > LARGEST:
            raise self._refused(name, en="is at most 20 MB", fr="a au plus 20 Mo")
        return Upload(filename=found.name, media_type=found.content_type or "", body=found.read())

    def text(self, name: str) -> str:
        """What was typed there; empty where nothing was."""
        found = self.data.get(name, "").strip()
        if not found and self._field(name).required:
            raise self._refused(name, en="is needed", fr="est nécessaire")
        return found

    def chosen(self, name: str) -> str:
        """The choice; empty where none was made. Raises Refused for one that was not offered."""
        found = self.text(name)
        if found and found not in {one.value for one in self._field(name).options}:
            raise self._refused(
                name, en="must be one of those listed", fr="doit être l’un de ceux de la liste"
            )
        return found

    def several(self, name: str) -> list[str]:
        """The boxes ticked."""
        offered = {one.value for one in self._field(name).options}
        return [value for value in self.data.getlist(name) if value in offered]

    def id(self, name: str) -> UUID | None:
        """The id chosen, of those offered."""
        found = self.chosen(name)
        return UUID(found) if found else None

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.data.get(name, "") == "yes"

    def whole(self, name: str) -> int | None:
        """A whole number of zero or more."""
        found = self.text(name)
        if not found:
            return None
        if not (found.isascii() and found.isdigit()) or len(found) > 9:
            raise self._refused(name, en="is a whole number, such as 12", fr="est un nombre entier, comme 12")
        return int(found)

    def figure(self, name: str) -> int | None:
        """A whole number that may be negative."""
        found = self.text(name).replace("\u2212", "-")
        if not found:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", found, re.ASCII):
            raise self._refused(name, en="is a whole number, such as -2", fr="est un nombre entier, comme -2")
        return int(found)

    def money(self, name: str, currency: str) -> int | None:
        """An amount in minor units of a currency: `1 250,00` and `1250.00` are both 125000 in euros, 1250 in yen."""
        found = _MONEY.sub("", self.text(name)).replace(",", ".")
        if not found:
            return None
        try:
            amount = Decimal(found)
            minor = amount.scaleb(money.digits(currency))
        except InvalidOperation:
            raise self._money_refused(name, currency) from None
        if not amount.is_finite() or amount < 0 or minor != minor.to_integral_value() or minor > 10**14:
            raise self._money_refused(name, currency)
        return int(minor)

    def day(self, name: str) -> date | None:
        """A date, as a browser sends it."""
        found = self.text(name)
        if not found:
            return None
        try:
            return date.fromisoformat(found)
        except ValueError:
            raise self._refused(
                name, en="is a date, such as 2026-09-01", fr="est une date, comme 2026-09-01"
            ) from None

    def start_of(self, name: str) -> datetime | None:
        """The first instant of the date, in the form's zone."""
        day = self.day(name)
        return None if day is None else moments.moment(terms.start_of(day, self.zone))

    def moment(self, name: str) -> datetime | None:
        """A local date and time in the form's zone, as a browser sends it."""
        found = self.text(name)
        if not found:
            return None
        try:
            return datetime.fromisoformat(found).replace(tzinfo=ZoneInfo(self.zone))
        except ValueError:
            raise self._refused(
                name,
                en="is a date and time, such as 2026-09-01 14:30",
                fr="est une date et une heure, comme 2026-09-01 14:30",
            ) from None

    def _field(self, name: str) -> Field:
        return next(field for field in self.form.fields if field.name == name)

    def _money_refused(self, name: str, currency: str) -> Refused:
        cents = "0" * money.digits(currency)
        return self._refused(
            name,
            en=f"is an amount, such as {f'1250.{cents}'.rstrip('.')}",
            fr=f"est un montant, comme {f'1250,{cents}'.rstrip(',')}",
        )

    def _refused(self, name: str, *, en: str, fr: str) -> Refused:
        label = self._field(name).label
        return Refused(code="bad-field", en=f"“{label}” {en}.", fr=f"« {label} » {fr}.")


def by_action(forms: Sequence[Form]) -> dict[str, Form]:
    """Forms by what they do."""
    return {form.action: form for form in forms}
