"""Making the tables: the migrations as Django has them, with the models drawn once a step instead of at every table.

Django draws anew every model that is related to the one an operation makes, and here all are related: every row has a
vendor. So operations that follow one another are taken together where the tables they leave are the same as one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    Migration,
    RemoveIndex,
)
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from palier.people.tenancy import SqlOperation

ADDITIONS = (AddField, AddIndex, AddConstraint)
"""What a table has from the start when it is made in the same step."""
CHANGES = (AlterField, RemoveIndex)


class Together(Operation):
    """Operations as one step: the models change by all of them, then the tables follow in the same order.

    Each operation sees the models before the first and after the last of them. A table is made as it stands at the end.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = list(operations)
        self._made = {one.name_lower for one in self.operations if isinstance(one, CreateModel)}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change what is known of the models; they are drawn when somebody looks."""
        if not all(isinstance(one, SqlOperation) for one in self.operations) and "apps" in state.__dict__:
            del state.apps
        for one in self.operations:
            one.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Run each, but for what a table made here already has."""
        for one in self.operations:
            if not (isinstance(one, ADDITIONS) and one.model_name_lower in self._made):
                one.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(one.describe() for one in self.operations)


def grouped(operations: Iterable[Operation]) -> list[Operation]:
    """The operations in order, those taken together that may be.

    What changes a table, column or index of the same step begins a new one; what is of any other kind (data, code, a
    library's SQL) stands alone.
    """
    found: list[Operation] = []
    step: list[Operation] = []
    touched: set[tuple[str, str]] = set()

    def close() -> None:
        found.extend([Together(step)] if len(step) > 1 else step)
        step.clear()
        touched.clear()

    for one in operations:
        place = _place(one)
        if place is None and not isinstance(one, SqlOperation):
            close()
            found.append(one)
            continue
        if isinstance(one, CHANGES) and place is not None and not touched.isdisjoint({place, (place[0], "")}):
            close()
        step.append(one)
        if place is not None:
            touched.add(place)
    close()
    return found


def _place(operation: Operation) -> tuple[str, str] | None:
    """The model, and the column, index or constraint ("" for all of it), of an operation of a known kind; else None."""
    # The very classes: what inherits from them may do more.
    match operation:
        case CreateModel() if type(operation) is CreateModel:
            return operation.name_lower, ""
        case AddField() | AlterField() if type(operation) in (AddField, AlterField):
            return operation.model_name_lower, operation.name_lower
        case AddIndex() if type(operation) is AddIndex:
            return operation.model_name_lower, operation.index.name
        case AddConstraint() if type(operation) is AddConstraint:
            return operation.model_name_lower, operation.constraint.name
        case RemoveIndex() if type(operation) is RemoveIndex:
            return operation.model_name_lower, operation.name
    return None


class Executor(MigrationExecutor):
    """Django's own, which takes a migration's operations together."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        """Apply it in as few steps as may be."""
        migration.operations = grouped(migration.operations)  # type: ignore[misc]  # as Django, on the instance
        return super().apply_migration(state, migration, fake, fake_initial)


def bring_up_to_date(connection: BaseDatabaseWrapper) -> None:
    """Apply the migrations that are missing, and let the apps write what they keep about their models."""
    executor = Executor(connection)
    executor.loader.check_consistent_history(connection)
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    told: dict[str, Any] = {"verbosity": 0, "interactive": False, "db": connection.alias, "plan": plan}
    emit_pre_migrate_signal(**told)
    if plan:
        executor.migrate(targets, plan=plan)
    emit_post_migrate_signal(**told)
