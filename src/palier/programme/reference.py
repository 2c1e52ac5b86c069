"""The generated parts of the reference: the tables of keys, the facts, the page of problem codes.

`python -m palier.programme.reference` writes them into docs/reference; a test compares. The prose around them is written
by hand, between the marks it is ours.
"""

from __future__ import annotations

from pathlib import Path

from palier.programme import codes, commands, facts, problems, schema, worktime
from palier.programme.problems import Problem
from palier.programme.records import Key, Record

BEGIN, END = "<!-- generated: keys -->", "<!-- end of generated -->"
FORMAT_PAGE, PROBLEMS_PAGE = "programme-format.md", "problems.md"
_FAMILIES = {
    "P00": "The text",
    "P02": "Calendars",
    "P03": "Calendars",
    "P1": "What a key holds",
    "P2": "Inheritance",
    "P3": "The decision table",
    "P4": "Promises",
    "P5": "Prices, ways, plans",
    "P7": "Warnings: the file can be used",
}


def all_codes() -> tuple[str, ...]:
    """Every code there is, in order."""
    return tuple(sorted([*map(str, problems.Code), *map(str, codes.Code)]))


# --- keys and facts -------------------------------------------------------------------------------------


def keys() -> str:
    """A section with a table for each kind of mapping, then the built-in facts."""
    return "\n\n".join([*(_section(record) for record in schema.RECORDS), _facts()])


def _section(record: Record) -> str:
    rows = [_row(one) for one in record.keys]
    if record.extends is not None:
        rows += [
            f"| `extends` | an id of `{record.extends}` | | Inherits all of it but what describes that one: its clause, name, text. |",
            "| `override` | the same keys | | Replaces what is inherited; a mapping key by key. |",
            "| `add` | "
            + ", ".join(f"`{one.name}`" for one in record.keys if one.adds)
            + " | | Joins what is inherited; numbers add up. |"
            if any(one.adds for one in record.keys)
            else "| `add` | nothing | | Nothing here adds up. |",
        ]
    if record.others is not None:
        rows.append(f"| any other | {record.others.words} | | |")
    table = ["| key | value | | meaning |", "|---|---|---|---|", *rows]
    return f"### {record.name}\n\n{record.doc}\n\n" + "\n".join(table)


def _row(one: Key) -> str:
    need = "required" if one.required else ""
    if one.default not in (None, (), {}):
        shown = ", ".join(one.default) if isinstance(one.default, tuple) else str(one.default).lower()
        need = f"default `{shown}`"
    return f"| `{one.name}` | {one.form.words.replace('|', '/')} | {need} | {one.doc} |"


def _facts() -> str:
    lines = ["### Built-in facts", "", "| fact | values | default |", "|---|---|---|"]
    for id_, fixed in facts.FIXED.items():
        words = list(fixed.values)
        lines.append(f"| `{id_}` | {', '.join(f'`{one}`' for one in words)} | `{words[0]}` |")
    for id_, listed in facts.LISTED.items():
        also = "" if listed.also is None else f", and `{listed.also[0]}`"
        default = "" if listed.also is None else f"`{listed.also[0]}`"
        lines.append(f"| `{id_}` | the ids of `{listed.table}`{also} | {default} |")
    for id_, vocabulary in facts.VOCABULARIES.items():
        also = "" if vocabulary.also is None else f", and `{vocabulary.also[0]}`"
        default = (
            f"`{vocabulary.also[0]}`"
            if vocabulary.also
            else "several at once"
            if vocabulary.multiple
            else "the first"
        )
        lines.append(f"| `{id_}` | what `facts.{id_}.values` lists{also} | {default} |")
    lines.append(f"| `{facts.SEATS}` | a number: active seats | |")
    lines.append(
        "| `left.<allowance>`, `used.<allowance>` | a number: what is left of it, what was used | 0 |"
    )
    return "\n".join(lines)


# --- problems -------------------------------------------------------------------------------------------


def mistakes_in(folder: Path) -> dict[str, tuple[str, Problem]]:
    """For each code its mistake: what it is (the first line of its file) and the problem that it gives."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        code = path.name.partition(".")[0]
        what = path.read_bytes().split(b"\n", 1)[0].decode().removeprefix("# ")
        problem = next(one for one in problems_of(path) if one.code == code)
        found[code] = (what, problem)
    return found


def problems_of(path: Path) -> tuple[Problem, ...]:
    """What is wrong with a file of mistakes: a programme, or (`….calendar.yaml`) a calendar of `palier worktime`."""
    if path.name.endswith(".calendar.yaml"):
        return worktime.read_calendar(path)[1]
    return commands.read(path).problems


def problem_codes(folder: Path) -> str:
    """The page of all codes, from the files of mistakes."""
    lines = [
        "# Problem codes",
        "",
        "What `palier programme check` and `palier worktime` say of a file, by code. A code never changes its meaning. The",
        "examples are what the files in `tests/mistakes` give; this page is generated from them",
        "(`python -m palier.programme.reference`).",
    ]
    title = None
    for code, (what, problem) in mistakes_in(folder).items():
        family = next(name for start, name in _FAMILIES.items() if code.startswith(start))
        if family != title:
            title = family
            lines += ["", f"## {family}"]
        lines += ["", f"### {code}", "", what, ""]
        for language in ("en", "fr"):
            hint = f" ({problems.in_language(problem.hint, language)})"
            lines.append(f"- {language}: {problems.in_language(problem.message, language)}{hint}")
    return "\n".join(lines) + "\n"


# --- writing --------------------------------------------------------------------------------------------


def with_keys(page: str) -> str:
    """The page with its generated part made anew."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{keys()}\n\n{END}{after}"


def write(root: Path) -> None:
    """Write both pages of a source checkout."""
    folder = root / "docs" / "reference"
    page = folder / FORMAT_PAGE
    page.write_text(with_keys(page.read_text(encoding="utf-8")), encoding="utf-8")
    codes_page = problem_codes(root / "tests" / "mistakes")
    (folder / PROBLEMS_PAGE).write_text(codes_page, encoding="utf-8")


if __name__ == "__main__":
    write(Path.cwd())
