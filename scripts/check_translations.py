"""Nothing untranslated, nothing fuzzy, nothing left out, nothing left over: `python scripts/check_translations.py`.

With `--update` the catalogue gets what is new (empty, to be translated) and loses what is gone. Messages are read from
templates by Django's own lexer and from Python by its syntax tree; catalogues are read and written by Babel.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, TokenType

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "palier"
CATALOGUE = SOURCES / "locale" / "fr" / "LC_MESSAGES" / "django.po"
FOUNDED = datetime(2026, 1, 1, tzinfo=UTC)
_STRING = r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
_TRANSLATE = re.compile(rf"^trans(?:late)?\s+{_STRING}(?:\s+context\s+{_STRING})?")
_BLOCK = re.compile(r"^blocktrans(?:late)?\b(.*)$", re.S)
_CONTEXT = re.compile(rf"\bcontext\s+{_STRING}")
_FIGURE = re.compile(r"%\((\w+)\)[sd]")
_TYPOGRAPHY = (
    (re.compile(r"\w'\w"), "a straight apostrophe: write ’"),
    (re.compile(r"«(?!\u00a0)|(?<!\u00a0)»"), "« » have a no-break space inside"),
    (re.compile(r"(?<=[\w)»”])[ \u00a0]?[?!;](?=\s|$)"), "a narrow no-break space stands before ? ! ;"),
    (re.compile(r"(?<=[^\W\d])[ \u202f]?:(?=\s|$)"), "a no-break space stands before a colon"),
)
"""What French typography wants, seen where it is missed (docs/explanation/look.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to translate, and where it stands."""

    text: str
    plural: str | None = None
    context: str | None = None
    where: tuple[str, int] = ("", 0)

    @property
    def key(self) -> tuple[str | None, str]:
        """What tells messages apart."""
        return self.context, self.text


def messages() -> dict[tuple[str | None, str], Message]:
    """Every message of the product, by context and text."""
    found: dict[tuple[str | None, str], Message] = {}
    for path in sorted((*SOURCES.glob("**/*.html"), *SOURCES.glob("**/templates/**/*.txt"))):
        for message in in_template(path.read_text(), str(path.relative_to(ROOT))):
            found.setdefault(message.key, message)
    for path in sorted(SOURCES.glob("**/*.py")):
        for message in in_python(path.read_text(), str(path.relative_to(ROOT))):
            found.setdefault(message.key, message)
    return found


def in_template(source: str, name: str) -> Iterator[Message]:
    """The messages of a template. Raises ValueError for a form that is not read here."""
    block: tuple[str, int, list[str]] | None = None
    for token in Lexer(source).tokenize():
        if block is not None:
            block = _go_on(block, token)
            if block is not None and block[0] == "done":
                context, line, parts = block[2][0], block[1], block[2][1:]
                yield Message(text="".join(parts), context=context or None, where=(name, line))
                block = None
            continue
        if token.token_type is not TokenType.BLOCK:
            continue
        for piece in re.findall(rf"_\({_STRING}\)", token.contents):
            yield Message(text=piece[0] or piece[1], where=(name, token.lineno or 0))
        plain = _TRANSLATE.match(token.contents)
        if plain is not None:
            text, context = plain[1] or plain[2], plain[3] or plain[4]
            yield Message(text=text.replace("%", "%%"), context=context, where=(name, token.lineno or 0))
            continue
        opening = _BLOCK.match(token.contents)
        if opening is not None:
            if re.search(r"\b(count|trimmed)\b", opening[1]):
                raise ValueError(
                    f"{name}:{token.lineno}: blocktranslate with count or trimmed is not read here"
                )
            said = _CONTEXT.search(opening[1])
            block = ("open", token.lineno or 0, [(said[1] or said[2]) if said else ""])


def _go_on(block: tuple[str, int, list[str]], token: object) -> tuple[str, int, list[str]]:
    state, line, parts = block
    kind, contents = token.token_type, token.contents  # type: ignore[attr-defined]
    if kind is TokenType.BLOCK and contents.startswith("endblocktrans"):
        return "done", line, parts
    if kind is TokenType.VAR:
        return state, line, [*parts, f"%({contents.strip()})s"]
    return state, line, [*parts, contents.replace("%", "%%")]


_CALLS = {
    "_": ("text",), "gettext": ("text",), "gettext_lazy": ("text",),
    "pgettext": ("context", "text"), "ngettext": ("text", "plural"),
}  # fmt: skip


def in_python(source: str, name: str) -> Iterator[Message]:
    """The messages of a module: calls of gettext and its kin with written-out words."""
    if "gettext" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        places = _CALLS.get(node.func.id)
        if places is None:
            continue
        words = {
            place: argument.value
            for place, argument in zip(places, node.args, strict=False)
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        }
        if set(places) != set(words):
            raise ValueError(f"{name}:{node.lineno}: {node.func.id} needs its words written out")
        yield Message(**words, where=(name, node.lineno))


def catalogue() -> Catalog:
    """The French catalogue, an empty one if there is none yet."""
    if not CATALOGUE.is_file():
        return Catalog(locale="fr", project="Palier", fuzzy=False)
    with CATALOGUE.open("rb") as text:
        return read_po(text, locale="fr")


def problems() -> list[str]:
    """What is wrong with the catalogue, in words."""
    found, known = messages(), catalogue()
    wrong: list[str] = []
    for key, message in found.items():
        entry = known.get(message.text, context=message.context)
        where = f"{message.where[0]}:{message.where[1]}"
        if entry is None:
            wrong.append(f"{where}: not in the catalogue: {message.text!r} (run with --update)")
            continue
        said = entry.string if isinstance(entry.string, (list, tuple)) else (entry.string,)
        if not all(said):
            wrong.append(f"{where}: not translated: {key[1]!r}")
        elif entry.fuzzy:
            wrong.append(f"{where}: fuzzy: {message.text!r}")
        else:
            wrong += [f"{where}: {text}" for one in said if (text := _figures(message, str(one)))]
            wrong += [f"{where}: {text}" for one in said for text in typography(str(one))]
    for entry in known:
        if entry.id:
            text = entry.id if isinstance(entry.id, str) else entry.id[0]
            if (entry.context, text) not in found:
                wrong.append(f"{CATALOGUE.name}: nobody says this any more: {text!r} (run with --update)")
    return wrong


def _figures(message: Message, said: str) -> str:
    """Names in a translation that the message does not have."""
    known = set(_FIGURE.findall(message.text)) | set(_FIGURE.findall(message.plural or ""))
    strange = set(_FIGURE.findall(said)) - known
    return (
        f"the translation names {', '.join(sorted(strange))}, which {message.text!r} has not"
        if strange
        else ""
    )


def typography(said: str) -> list[str]:
    """What French typography misses in a translation, each with the words."""
    return [f"{what}: {said!r}" for pattern, what in _TYPOGRAPHY if pattern.search(said)]


def update() -> int:
    """Bring the catalogue in line with the sources; returns how many messages are untranslated."""
    old = catalogue()
    fresh = Catalog(
        locale="fr",
        project="Palier",
        version="1",
        charset="utf-8",
        fuzzy=False,
        msgid_bugs_address="-",
        last_translator="The Palier authors",
        language_team="fr",
        # A date of its own would make every update a change.
        creation_date=FOUNDED,
        revision_date=FOUNDED,
    )
    fresh.header_comment = "# French, in the spacing of fr-FR; the build derives fr-CA from it.\n# UI words: docs/explanation/look.md"
    empty = 0
    for message in messages().values():
        before = old.get(message.text, context=message.context)
        text: str | tuple[str, str] = (message.text, message.plural) if message.plural else message.text
        said = before.string if before is not None else None
        fresh.add(text, string=said, context=message.context, locations=[(message.where[0], 0)])
        parts = said if isinstance(said, (list, tuple)) else (said,)
        empty += not all(parts)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as target:
        write_po(target, fresh, width=0, sort_output=True, omit_header=False, include_lineno=False)
    return empty


def main(arguments: list[str]) -> int:
    """0 when the catalogue is whole; 1 otherwise, with every fault."""
    parser = argparse.ArgumentParser(description="Check the French catalogue.")
    parser.add_argument("--update", action="store_true", help="add what is new, drop what is gone")
    if parser.parse_args(arguments).update:
        print(f"{update()} messages to translate in {CATALOGUE.relative_to(ROOT)}")
    wrong = problems()
    for one in wrong:
        print(one, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
