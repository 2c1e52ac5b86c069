"""Exact questions about sets of facts: is anything left of a region when others are taken away, and which of them hide it?

A space has variables, each with finitely many values, numbered from 0. A region (`Box`) allows some values of each: an
integer a variable, with a bit for every value allowed. A decision table is a list of such boxes, and whether a row can
ever decide is whether something is left of its boxes without those before it. Nothing is sampled: `witness` splits along
the boxes taken away (the disjoint sharp of cube calculus: Brayton et al., Logic Minimization Algorithms for VLSI
Synthesis, 1984, §2), so it is fast where rows ask about few variables, as rows of tables do, however many values there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Box = tuple[int, ...]
"""For each variable the values it may have, a bit each. Without any bit for one variable it is empty."""
Point = tuple[int, ...]
"""One value, by its number, for each variable."""


def whole(sizes: Sequence[int]) -> Box:
    """The whole space of variables with so many values each."""
    return tuple((1 << size) - 1 for size in sizes)


def meet(a: Box, b: Box) -> Box | None:
    """What two boxes have in common; None where they are apart."""
    found = tuple([x & y for x, y in zip(a, b, strict=True)])
    return found if all(found) else None


def within(a: Box, b: Box) -> bool:
    """Whether all of `a` lies in `b`."""
    return not any(x & ~y for x, y in zip(a, b, strict=True))


def holds(box: Box, point: Point) -> bool:
    """Whether the point lies in the box."""
    return all(allowed >> value & 1 for allowed, value in zip(box, point, strict=True))


def witness(box: Box, without: Sequence[Box]) -> Point | None:
    """A point of `box` that lies in none of the others; None when they hide all of it. The same question, the same point."""
    left = next(parts(box, without), None)
    return None if left is None else tuple((allowed & -allowed).bit_length() - 1 for allowed in left)


def parts(box: Box, without: Sequence[Box]) -> Iterator[Box]:
    """What is left of `box` without the others, as boxes that are apart; made one at a time, since there can be many."""
    waiting: list[tuple[Box, list[Box]]] = [(box, list(without))]
    while waiting:
        whole_, others = waiting.pop()
        near = [one for one in others if meet(whole_, one) is not None]
        if not near:
            yield whole_
            continue
        # The one that leaves the fewest pieces first: where one takes everything, nothing is left to split.
        taken = min(near, key=lambda one: sum(1 for x, y in zip(whole_, one, strict=True) if x & ~y))
        near.remove(taken)
        pieces: list[tuple[Box, list[Box]]] = []
        rest = list(whole_)
        for i, allowed in enumerate(taken):
            outside = rest[i] & ~allowed
            if outside:
                pieces.append(((*rest[:i], outside, *rest[i + 1 :]), near))
                rest[i] &= allowed
        waiting.extend(reversed(pieces))


def hiders(box: Box, without: Sequence[Box]) -> tuple[int, ...]:
    """Which of the others hide all of `box`, by their places: a choice from which none can be left out.

    The last ones are spared first, so that what is named stands as early as it can. Raises ValueError where they do not
    hide it.
    """
    if witness(box, without) is not None:
        raise ValueError("something is left of this box")
    kept = [place for place, one in enumerate(without) if meet(box, one) is not None]
    for place in reversed(tuple(kept)):
        fewer = [other for other in kept if other != place]
        if witness(box, [without[other] for other in fewer]) is None:
            kept = fewer
    return tuple(kept)


def around(point: Point, *, inside: Sequence[Box], outside: Sequence[Box], space: Box) -> Box:
    """A box around `point` within all of `inside` that meets none of `outside`, in which all that was true stays true.

    Every one of `inside` must hold the point, none of `outside` may. It is one of the largest, not the largest.
    """
    found = space
    for one in inside:
        found = tuple([x & y for x, y in zip(found, one, strict=True)])
    for one in outside:
        if meet(found, one) is None:
            continue
        # Stepping out along one variable is enough: along the one that gives up the fewest values.
        ways = [(i, found[i] & ~allowed) for i, allowed in enumerate(one) if not allowed >> point[i] & 1]
        i, kept = max(ways, key=lambda way: (way[1].bit_count() - found[way[0]].bit_count(), -way[0]))
        found = (*found[:i], kept, *found[i + 1 :])
    return found
