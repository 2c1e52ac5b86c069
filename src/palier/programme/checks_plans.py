"""Checks of whole plans, once all they inherit has been applied: what one takes away of the plan it extends."""

from __future__ import annotations

from collections.abc import Iterator

from palier.core.programme import Programme
from palier.programme import comparison
from palier.programme.codes import Code
from palier.programme.comparison import Turn
from palier.programme.draft import Draft
from palier.programme.problems import Problem, said


def takes_away(draft: Draft, programme: Programme) -> Iterator[Problem]:
    """A plan that gives less of something than the one it extends: mostly a slip, and never told to who buys the higher one."""
    for plan in programme.plans.values():
        if plan.extends is None:
            continue
        lower = programme.plans[plan.extends]
        for one in comparison.between(programme, lower, plan):
            if one.turn is Turn.WORSE:
                yield draft.warning(
                    Code.TAKES_AWAY,
                    f"plans.{plan.id}",
                    said(
                        en=f"this plan takes away from '{lower.id}', which it extends: {one.en.removesuffix('.')}",
                        fr=f"ce plan retire quelque chose à « {lower.id} », qu’il étend : {one.fr.removesuffix('.')}",
                    ),
                    said(
                        en="give at least as much, or write a plan that does not extend the other",
                        fr="donnez au moins autant, ou écrivez un plan qui n’étend pas l’autre",
                    ),
                )
