"""The wall between vendors: which vendor a transaction belongs to, and the row-level security that holds it.

Every query on a tenant-owned table runs inside ``with tenancy.vendor(vendor_id):``. The database refuses it elsewhere:
its policies read the setting ``palier.vendor``, which exists only in such a transaction, and the application connects
as ``palier_app``, which no policy lets through (docs/explanation/tenancy.md).

The second half are operations for migrations, which run as the owner of the tables.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import threading
import typing
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from palier.people import prepared

APP_ROLE = "palier_app"
SETTING = "palier.vendor"

R = TypeVar("R")

_held = threading.local()


class WrongVendor(RuntimeError):
    """Code of one vendor's transaction asked for another vendor's."""


class NoVendor(RuntimeError):
    """Code that works for one vendor ran outside ``tenancy.vendor(...)``."""


@contextmanager
def vendor(vendor_id: UUID) -> Iterator[None]:
    """Run the block as one transaction of that vendor: committed at its end, rolled back by any exception.

    The same vendor again inside it changes nothing (not even a savepoint); another vendor raises ``WrongVendor``.
    Must be the outermost transaction, else Django raises ``RuntimeError``: a commit or rollback further out would
    not be this block's.
    """
    held: UUID | None = getattr(_held, "vendor", None)
    if held is not None:
        if held != vendor_id:
            raise WrongVendor(f"a transaction of vendor {held} cannot work for vendor {vendor_id}")
        yield
        return
    with transaction.atomic(durable=True):
        _set(str(vendor_id))
        _held.vendor = vendor_id
        try:
            yield
        finally:
            _held.vendor = None
    if connection.in_atomic_block:
        # Only inside a test's own transaction: there the setting would outlive the block and hide a missing one.
        _set("")


@contextmanager
def outside() -> Iterator[None]:
    """Leave the vendor's transaction for something slow that needs no database, such as asking another server.

    What was written so far is committed, and stays even if what follows fails; after the block a new transaction of the
    same vendor begins, and what was read before may have changed. Within the block there is no vendor: queries fail.
    Not inside a further ``atomic`` (``RuntimeError``): a part of it cannot be committed.
    """
    vendor_id = current()
    blocks = connection.atomic_blocks
    in_test = bool(blocks[0]._from_testcase)  # type: ignore[attr-defined]  # set by Django on every block
    if len(blocks) > 1 + in_test:
        raise RuntimeError("tenancy.outside() inside a further transaction: its half cannot be committed")
    connection.validate_no_broken_transaction()
    if in_test:
        # A test's own transaction stays open; the setting goes all the same, so that a query fails there as well.
        _set("")
    else:
        # Django has no word for "commit, and begin again here": of the block it opened only the end is its own.
        connection._commit()  # type: ignore[attr-defined]
    _held.vendor = None
    try:
        yield
    finally:
        _set(str(vendor_id))
        _held.vendor = vendor_id


def _set(value: str) -> None:
    prepared.run("select set_config(%s, %s, true)", [SETTING, value])


def current() -> UUID:
    """The vendor of the running transaction."""
    held: UUID | None = getattr(_held, "vendor", None)
    if held is None:
        raise NoVendor("outside tenancy.vendor(...): there is no current vendor")
    return held


def held() -> UUID | None:
    """The vendor of the running transaction; None outside one."""
    found: UUID | None = getattr(_held, "vendor", None)
    return found


def arguments(**ids: UUID | Sequence[UUID]) -> dict[str, str | list[str]]:
    """Ids as a job carries them. ``deliver.defer(**tenancy.arguments(vendor_id=v, message_id=m))``."""
    return {
        name: str(value) if isinstance(value, UUID) else [str(each) for each in value]
        for name, value in ids.items()
    }


def job(function: Callable[..., R]) -> Callable[..., R]:
    """Make a function of ``(*, vendor_id: UUID, …_id: UUID, …_ids: list[UUID])`` runnable as a job.

    What is queued are ids as text and nothing else, so that a job reads the rows as they are when it runs. The
    wrapper turns them into UUIDs and runs the function as one transaction of its vendor. Put it below the task::

        @app.task(name="mail.deliver", queue="mail")
        @tenancy.job
        def deliver(*, vendor_id: UUID, message_id: UUID) -> None: ...
    """
    hints = typing.get_type_hints(function)
    readers = {
        name: _reader(function, name, hints.get(name)) for name in inspect.signature(function).parameters
    }
    if "vendor_id" not in readers:
        raise TypeError(f"the job {function.__qualname__} takes no vendor_id")

    @functools.wraps(function)
    def run(**ids: Any) -> R:
        values = {name: readers[name](value) for name, value in ids.items()}
        with vendor(_uuid(ids["vendor_id"])):
            return function(**values)

    return run


def _reader(function: Callable[..., object], name: str, hint: object) -> Callable[[Any], object]:
    if hint is UUID and name.endswith("_id"):
        return _uuid
    if hint == list[UUID] and name.endswith("_ids"):
        return lambda value: [_uuid(each) for each in value]
    raise TypeError(
        f"the job {function.__qualname__} takes {name}: {hint}; a job carries ids only, "
        "`…_id: UUID` or `…_ids: list[UUID]`"
    )


def _uuid(value: str | UUID) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


# Operations for migrations ------------------------------------------------------------------------------------------


def _named(table: str, *parts: str) -> str:
    """A constraint's name within PostgreSQL's 63 bytes, the same for the same parts."""
    whole = "_".join((table, *parts))
    if len(whole) <= 63:
        return whole
    return f"{whole[:54]}_{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


class SqlOperation(Operation):
    """An operation that is SQL there and SQL back; the state of the models is not its business."""

    reduces_to_sql = True
    reversible = True

    @abstractmethod
    def forwards(self) -> list[str]:
        """The statements that apply it."""

    @abstractmethod
    def backwards(self) -> list[str]:
        """The statements that take it back."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing changes in the models."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Run the statements as they are: `%` and `$` mean nothing to the driver."""
        del app_label, from_state, to_state
        for statement in self.forwards():
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Run the statements that take it back."""
        del app_label, from_state, to_state
        for statement in self.backwards():
            schema_editor.execute(statement, params=None)


class EnableRowSecurity(SqlOperation):
    """Close a tenant-owned table to every transaction but its vendor's.

    ``missing_ok`` is not given to ``current_setting``: outside a vendor's transaction a query fails instead of
    answering nothing, so that a job which forgot its vendor does not end green. The owner, as whom migrations and
    SECURITY DEFINER functions run, is let through by a policy of its own: a managed server's owner is no superuser.
    """

    def __init__(self, table: str) -> None:
        self.table = table

    def forwards(self) -> list[str]:
        inside = f"vendor_id = current_setting('{SETTING}')::uuid"
        return [
            f'alter table "{self.table}" enable row level security',
            f'alter table "{self.table}" force row level security',
            f'create policy palier_vendor on "{self.table}" using ({inside}) with check ({inside})',
            f'create policy palier_owner on "{self.table}" to current_user using (true) with check (true)',
        ]

    def backwards(self) -> list[str]:
        return [
            f'drop policy palier_owner on "{self.table}"',
            f'drop policy palier_vendor on "{self.table}"',
            f'alter table "{self.table}" no force row level security',
            f'alter table "{self.table}" disable row level security',
        ]

    def describe(self) -> str:
        return f"Close {self.table} to other vendors"


class EnableRowSecurityThrough(SqlOperation):
    """Close a library's table that has no ``vendor_id`` but a column pointing to a tenant-owned row.

    A row is visible when the row it points to is: the policy looks there through that table's own policy, and so
    fails outside a vendor's transaction as well. Only for columns that are never null.
    """

    def __init__(self, table: str, column: str, target: str) -> None:
        self.table = table
        self.column = column
        self.target = target

    def forwards(self) -> list[str]:
        inside = f'exists (select from "{self.target}" seen where seen.id = "{self.table}"."{self.column}")'
        return [
            f'alter table "{self.table}" enable row level security',
            f'alter table "{self.table}" force row level security',
            f'create policy palier_vendor on "{self.table}" using ({inside}) with check ({inside})',
            f'create policy palier_owner on "{self.table}" to current_user using (true) with check (true)',
        ]

    def backwards(self) -> list[str]:
        return EnableRowSecurity(self.table).backwards()

    def describe(self) -> str:
        return f"Close {self.table} to other vendors, as {self.target} is"


class CompositeKey(SqlOperation):
    """UNIQUE (vendor_id, id), what composite foreign keys point to."""

    def __init__(self, table: str) -> None:
        self.table = table

    def forwards(self) -> list[str]:
        name = _named(self.table, "vendor_id_key")
        return [f'alter table "{self.table}" add constraint "{name}" unique (vendor_id, id)']

    def backwards(self) -> list[str]:
        return [f'alter table "{self.table}" drop constraint "{_named(self.table, "vendor_id_key")}"']

    def describe(self) -> str:
        return f"Make (vendor_id, id) a key of {self.table}"


class TenantForeignKey(SqlOperation):
    """(vendor_id, column) → target (vendor_id, id): a row cannot point into another vendor's data.

    ``on_delete``: ``no action`` (checked at the commit), ``cascade``, or ``set null`` (the column only).
    """

    def __init__(self, table: str, column: str, target: str, *, on_delete: str = "no action") -> None:
        if on_delete not in {"no action", "cascade", "set null"}:
            raise ValueError(f"on_delete={on_delete!r}: no action, cascade or set null")
        self.table = table
        self.column = column
        self.target = target
        self.on_delete = on_delete

    def forwards(self) -> list[str]:
        name = _named(self.table, self.column, "vendor_fk")
        action = f"set null ({self.column})" if self.on_delete == "set null" else self.on_delete
        return [
            f'alter table "{self.table}" add constraint "{name}" foreign key (vendor_id, "{self.column}") '
            f'references "{self.target}" (vendor_id, id) on delete {action} deferrable initially deferred'
        ]

    def backwards(self) -> list[str]:
        return [
            f'alter table "{self.table}" drop constraint "{_named(self.table, self.column, "vendor_fk")}"'
        ]

    def describe(self) -> str:
        return f"Keep {self.table}.{self.column} within one vendor"


class AppendOnly(SqlOperation):
    """Refuse UPDATE, DELETE and TRUNCATE on a table, to the owner too; the application loses the right as well."""

    def __init__(self, table: str) -> None:
        self.table = table

    def forwards(self) -> list[str]:
        return [
            "create or replace function palier_refuse_change() returns trigger language plpgsql "
            "set search_path = pg_catalog as $palier$ begin raise exception '% is append-only', tg_table_name "
            "using errcode = 'restrict_violation'; end $palier$",
            f'create trigger palier_append_only before update or delete on "{self.table}" '
            "for each row execute function palier_refuse_change()",
            f'create trigger palier_append_only_truncate before truncate on "{self.table}" '
            "for each statement execute function palier_refuse_change()",
            f'revoke update, delete, truncate on "{self.table}" from {APP_ROLE}',
        ]

    def backwards(self) -> list[str]:
        return [
            f'drop trigger palier_append_only_truncate on "{self.table}"',
            f'drop trigger palier_append_only on "{self.table}"',
            f'grant update, delete on "{self.table}" to {APP_ROLE}',
        ]

    def describe(self) -> str:
        return f"Make {self.table} append-only"


class DefinerFunction(SqlOperation):
    """A function that runs as the owner: the only way to look across vendors.

    ``signature``: ``tickets_due(at timestamptz, most integer)``, without defaults. ``returns``: ``table (vendor_id uuid,
    ticket_id uuid)``. ``sql``: the body. Its search path is fixed, so that nobody can slip in a table of the same
    name, and only the application may call it. Across vendors it returns (vendor_id, id) and nothing more; for one
    vendor it reads ``current_setting('palier.vendor')``, never an argument. ``settings`` (``jit = off``) hold while it
    runs.
    """

    def __init__(
        self,
        signature: str,
        sql: str,
        *,
        returns: str = "table (vendor_id uuid, id uuid)",
        volatility: str = "stable",
        language: str = "sql",
        settings: Sequence[str] = (),
    ) -> None:
        if volatility not in {"immutable", "stable", "volatile"} or language not in {"sql", "plpgsql"}:
            raise ValueError(f"{signature}: unknown volatility {volatility!r} or language {language!r}")
        self.signature = signature
        self.sql = sql
        self.returns = returns
        self.volatility = volatility
        self.language = language
        self.settings = settings

    def forwards(self) -> list[str]:
        return [
            f"create or replace function {self.signature} returns {self.returns} language {self.language} "
            f"{self.volatility} security definer set search_path = pg_catalog, public, pg_temp "
            f"{''.join(f'set {one} ' for one in self.settings)}as $palier$ {self.sql} $palier$",
            f"revoke all on function {self.signature} from public",
            f"grant execute on function {self.signature} to {APP_ROLE}",
        ]

    def backwards(self) -> list[str]:
        return [f"drop function {self.signature}"]

    def describe(self) -> str:
        return f"Create the function {self.signature.partition('(')[0]}"
