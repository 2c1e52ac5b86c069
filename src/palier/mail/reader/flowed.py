"""Text that was broken into lines for sending, joined again (RFC 3676, format=flowed)."""

from __future__ import annotations


def unfold(text: str, *, del_space: bool) -> str:
    """The paragraphs of a flowed text, each on one line; quotes keep their depth as "> " signs.

    >>> unfold("> one \\n> two\\n three \\nfour", del_space=False)
    '> one two\\nthree four'
    """
    made: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        said = line[depth:]
        said = said[1:] if said.startswith(" ") else said
        flows = said.endswith(" ") and said != "-- "
        if del_space and flows:
            said = said[:-1]
        if open_depth == depth and said != "-- ":
            made[-1] += said
        else:
            made.append(f"{'>' * depth} {said}" if depth else said)
        open_depth = depth if flows else None
    return "\n".join(made)
