"""A contract's statement: every posting of its accounts, with the checkpoint that binds them, as JSON and as a paper.

Whoever holds it needs only the vendor's public key to check it, today and after anything that happens to our rows
(docs/how-to/verify-a-statement.md). Reference: docs/reference/statement.md.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from palier import papers
from palier.contracts import queries as contracts
from palier.contracts.models import Contract
from palier.contracts.queries import Standings
from palier.core import ledger, transparency
from palier.core.entitlements import HOUR
from palier.core.programme import Programme
from palier.ledger import checking, checkpoints, keys, naming, queries, rows
from palier.ledger.accounts import identity
from palier.ledger.instants import instant, micros
from palier.ledger.models import Account
from palier.people import access
from palier.people.models import Organisation, Vendor
from palier.programme import locales
from palier.programme.problems import Said, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement as JSON can hold it, and what its paper needs besides."""

    form: Mapping[str, Any]
    made_at: datetime
    number: str
    zone: str
    country: str
    words: Mapping[str, Said]
    locales: Mapping[str, str]

    def json(self) -> str:
        """The statement's file."""
        return json.dumps(self.form, ensure_ascii=False, indent=1) + "\n"

    def pdf(self, *, lang: str) -> bytes:
        """The paper in `en` or `fr`, with the JSON inside."""
        title = said(en=f"Statement of contract {self.number}", fr=f"Relevé du contrat {self.number}")
        source = importlib.resources.files("palier.ledger").joinpath("statement.typ")
        return papers.pdf(
            source.read_text(encoding="utf-8"),
            _paper(self, lang),
            standard="ua-1",
            lang=lang,
            title=title[lang],
            made_at=self.made_at,
            paper="us-letter" if self.country in ("US", "CA") else "a4",
            attachments=[
                papers.Attachment(
                    name="statement.json",
                    text=self.json(),
                    media_type="application/json",
                    description=said(
                        en="The statement as data, to be checked with the public key",
                        fr="Le relevé en données, à vérifier avec la clé publique",
                    )[lang],
                )
            ],
        )


def statement(viewer: access.Viewer, contract: Standings, now: datetime) -> Statement:
    """The statement of a contract: its accounts and those its organisation shares among contracts.

    Raises Contract.DoesNotExist for a contract the viewer may not see.
    """
    if not Contract.objects.visible_to(viewer).filter(id=contract.id).exists():
        raise Contract.DoesNotExist("no such contract")
    vendor = Vendor.objects.get(id=viewer.vendor_id)
    customer = Organisation.objects.get(vendor_id=viewer.vendor_id, id=contract.organisation_id)
    programme = contracts.programme(contract.as_of(now).revision_id)
    last = checkpoints.latest(vendor_id=viewer.vendor_id)
    accounts = list(_accounts(viewer.vendor_id, contract))
    stands = [] if last is None else checkpoints.at(viewer.vendor_id, last.number)
    form = {
        "form": checking.FORM,
        "made_at": micros(now),
        "vendor": {"id": str(vendor.id), "name": vendor.name},
        "customer": {"id": str(customer.id), "name": customer.name},
        "contract": {"id": str(contract.id), "number": contract.number},
        "accounts": [_account(one, programme, stands, now) for one in accounts],
        "checkpoint": None
        if last is None
        else {
            **json.loads(checkpoints.note_of(last).text()),
            "signature": bytes(last.signature).hex(),
        },
        "keys": [
            {
                "key": key.name,
                "public": key.public.hex(),
                "made_at": key.made_at,
                "after": key.after,
                "endorsement": key.endorsement.hex(),
            }
            for key in keys.public_keys(vendor_id=viewer.vendor_id)
        ],
    }
    return Statement(
        form=form,
        made_at=now,
        number=contract.number,
        zone=contract.zone,
        country=customer.country,
        words=_words(viewer, form),
        locales=programme.locales,
    )


def _accounts(vendor_id: UUID, contract: Standings) -> Iterator[Account]:
    mine = Account.objects.filter(vendor_id=vendor_id, organisation_id=contract.organisation_id)
    yield from mine.filter(contract_id=contract.id).order_by("allowance")
    yield from mine.filter(contract__isnull=True).order_by("allowance")


def _account(
    account: Account, programme: Programme, stands: list[checkpoints.Stand], now: datetime
) -> dict[str, Any]:
    name = identity(
        vendor_id=account.vendor_id,
        organisation_id=account.organisation_id,
        contract_id=account.contract_id,
        allowance=account.allowance,
        unit=account.unit,
    )
    postings = [
        one for _, one in rows.postings(account.vendor_id, account_ids=[account.id], names={account.id: name})
    ]
    read = ledger.verify(postings)
    return {
        "account": name,
        "name": dict(queries.name_of(programme, account.allowance)),
        "unit": account.unit,
        "head": {"seq": read.seq, "hash": read.hash.hex()},
        "balance": checking.balance(read.state, micros(now)),
        "proof": _proof(name, stands),
        "postings": [_posting(one) for one in postings],
    }


def _proof(name: str, stands: list[checkpoints.Stand]) -> dict[str, Any] | None:
    index = next((place for place, one in enumerate(stands) if one.account == name), None)
    if index is None:
        return None
    path = transparency.inclusion_proof([one.leaf() for one in stands], index)
    return {
        "index": index,
        "seq": stands[index].seq,
        "hash": stands[index].hash.hex(),
        "path": [one.hex() for one in path],
    }


def _posting(one: ledger.Posting) -> dict[str, Any]:
    move = one.move
    return {
        "seq": one.seq,
        "kind": move.kind.value,
        "source": move.source.value,
        "target": move.target.value,
        "quantity": move.quantity,
        "lot": [move.lot.key, move.lot.opens_at, move.lot.expires_at, move.lot.origin],
        "reservation": move.reservation,
        "cause": dict(move.cause),
        "at": move.at,
        "recorded": one.recorded,
        "previous": one.previous.hex(),
        "hash": one.hash.hex(),
    }


# --- the paper --------------------------------------------------------------------------------------


def _words(viewer: access.Viewer, form: Mapping[str, Any]) -> dict[str, Said]:
    """Words for the ids in causes, as far as the viewer may read them: `kind:id` → words."""
    ids: dict[str, set[str]] = {}
    for account in form["accounts"]:
        for one in account["postings"]:
            for kind, value in one["cause"].items():
                ids.setdefault(kind, set()).add(str(value))
    return {f"{kind}:{id_}": words for (kind, id_), words in naming.words(viewer, ids).items()}


def _paper(statement: Statement, lang: str) -> dict[str, Any]:
    form = statement.form
    writing = _Writing(statement=statement, lang=lang)
    checkpoint = form["checkpoint"]
    key = None if checkpoint is None else checkpoint["key"]
    return {
        "vendor": form["vendor"]["name"],
        "customer": form["customer"]["name"],
        "number": statement.number,
        "made": locales.long_instant(statement.made_at, statement.zone, writing.locale),
        "accounts": [writing.account(account) for account in form["accounts"]],
        "checkpoint": checkpoint,
        "checked": "" if checkpoint is None else writing.day(checkpoint["made_at"]),
        "public": next((one["public"] for one in form["keys"] if one["key"] == key), ""),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writing:
    """Puts a statement's figures and dates into the reader's language."""

    statement: Statement
    lang: str

    @property
    def locale(self) -> str:
        return self.statement.locales.get(self.lang, self.lang)

    def day(self, at: int | None) -> str:
        zone = ZoneInfo(self.statement.zone)
        return "" if at is None else locales.plain_date(instant(at).astimezone(zone).date(), self.locale)

    def quantity(self, count: int, unit: str) -> str:
        if unit == HOUR and count:
            return f"{'−' if count < 0 else ''}{locales.duration(abs(count) * 60_000_000)}"
        return locales.number(count, self.locale)

    def because(self, cause: Mapping[str, Any]) -> str:
        found = [self.statement.words.get(f"{kind}:{value}") for kind, value in cause.items()]
        clause = [str(cause["clause"])] if "clause" in cause else []
        return ", ".join([*(one[self.lang] for one in found if one is not None), *clause])

    def account(self, account: Mapping[str, Any]) -> dict[str, Any]:
        unit = account["unit"]
        return {
            "name": account["name"][self.lang],
            **{name: self.quantity(count, unit) for name, count in account["balance"].items()},
            "proved": account["proof"]["seq"] if account["proof"] else 0,
            "lines": [self.line(one, unit) for one in account["postings"]],
        }

    def line(self, one: Mapping[str, Any], unit: str) -> dict[str, Any]:
        did = queries.what(
            kind=one["kind"], source=one["source"], target=one["target"], why=one["cause"].get("why")
        )
        return {
            "seq": one["seq"],
            "day": self.day(one["at"]),
            "what": did[self.lang],
            "quantity": self.quantity(one["quantity"], unit),
            "until": self.day(one["lot"][2]),
            "because": self.because(one["cause"]),
            "hash": one["hash"][:16],
        }
