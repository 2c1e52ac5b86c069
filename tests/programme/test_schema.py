"""The JSON Schema for editors accepts what the reader accepts, in text and as an editor's YAML reader converts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML
from tests.programme import small

from palier.programme import library, schema, yamltext
from palier.programme.yamltext import Mapping, Node, Scalar

SCHEMA = schema.json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
REFERENCE = library.reference_programmes()


def plain(node: Node) -> Any:
    """The tree as plain values, every scalar as text."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.pairs}
    return [plain(item) for item in node.items]


def as_text(text: str) -> Any:
    root = yamltext.read(text, "a.yaml").root
    assert root is not None
    return plain(root)


def as_editors_read(text: str) -> Any:
    """As the YAML 1.2 core schema converts it, with keys as JSON has them and dates as they were written."""

    def keyed(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): keyed(held) for key, held in value.items()}
        return [keyed(item) for item in value] if isinstance(value, list) else value

    reader = YAML(typ="safe", pure=True)
    reader.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    return keyed(reader.load(text))


def complaints(value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(value)]


def test_it_is_a_json_schema_2020_12() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_five_reference_programmes_are_there() -> None:
    assert set(REFERENCE) >= {"horizant", "solidxperts", "infor", "proconcept", "northern"}


@pytest.mark.parametrize("path", REFERENCE.values(), ids=REFERENCE)
def test_a_reference_programme_fits(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert complaints(as_text(text)) == []
    assert complaints(as_editors_read(text)) == []


def test_the_small_programme_fits() -> None:
    assert complaints(as_text(small.SMALL)) == []
    assert complaints(as_editors_read(small.SMALL)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("prefix: SMA\n", ""),
        ("prefix: SMA", "prefix: small"),
        ("vendor: Small", "vendor: [Small]"),
        ("{fr: Nos heures, en: Our hours}", "{fr: Nos heures}"),
        ("binding: target", "binding: promise"),
        ("binding: target", "bindng: target"),
        ("{1: 4h, 2: 8h}", "{1: 4 hours}"),
        ("amount: 175.00 CAD", "amount: 175.00"),
        ("    kind: support\n", ""),
        ("if: {kind: defect}", "if: {}"),
        ("then: {cover: true}", "then: {cover: maybe}"),
        ("remind: [3 days, 10 days], close: 30", "remind: 3 days, close: 30"),
    ],
)
def test_a_slip_is_underlined(old: str, new: str) -> None:
    assert complaints(as_text(small.changed((old, new)))) != []


def test_what_is_required_may_be_inherited_but_not_left_out() -> None:
    assert complaints(as_text(small.changed(small.after_plans(small.GOLD)))) == []
    orphan = small.GOLD.replace("    extends: basic\n", "")
    assert complaints(as_text(small.changed(small.after_plans(orphan)))) != []


def test_every_key_is_explained() -> None:
    for record in schema.RECORDS:
        for key in record.keys:
            assert key.doc.endswith((".", "…")), f"{record.name}.{key.name}"
