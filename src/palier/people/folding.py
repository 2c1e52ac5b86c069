"""Text as it is compared in searches, by the database: without accents and in small letters; the operations of migrations."""

from __future__ import annotations

from palier.people.tenancy import SqlOperation

_FOLD = """
create function palier_fold(given text) returns text language plpgsql immutable parallel safe strict as $palier$
begin
    return lower(public.unaccent('public.unaccent'::regdictionary, given));
end
$palier$
"""
# Every name stands with its schema: an index is built with an empty search path. In PL/pgSQL, because a function in SQL
# that cannot be put in place of its call costs several times as much. `unaccent` is not called immutable because its
# rules are a file; they come with the server.


class CreateFold(SqlOperation):
    """Create `palier_fold(text)`: `Électricité` is `electricite`."""

    def forwards(self) -> list[str]:
        return [_FOLD]

    def backwards(self) -> list[str]:
        return ["drop function palier_fold(text)"]

    def describe(self) -> str:
        return "Create the function palier_fold"


class IndexParts(SqlOperation):
    """Index the letters of a text (an expression over the row), so that any part of it is found, vendor by vendor."""

    def __init__(self, table: str, text: str, *, name: str = "") -> None:
        self.table = table
        self.text = text
        self.name = name or f"{table}_{text}_parts"

    def forwards(self) -> list[str]:
        return [
            f'create index "{self.name}" on "{self.table}" '
            f"using gin (vendor_id, palier_fold({self.text}) gin_trgm_ops)"
        ]

    def backwards(self) -> list[str]:
        return [f'drop index "{self.name}"']

    def describe(self) -> str:
        return f"Index parts of {self.text} of {self.table}"
