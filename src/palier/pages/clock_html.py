"""A drawn clock and its proofs as HTML: written without a template, which would take longer than all else on the page.

Everything in a drawing is a number of ours, or words: words are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from django.utils.safestring import SafeString, mark_safe

from palier.pages.catalogue import gettext as _
from palier.pages.clock_drawing import Drawing, Lane
from palier.pages.clock_proof import Proof

_GLYPHS = {
    "was": '<line class="c-was" y1="-6" y2="6"/>',
    "met": '<circle class="c-met" r="7"/><path class="c-glyph" d="M-3.2.2-1 2.4 3.4-2.2"/>',
    "missed": '<circle class="c-missed" r="7"/><path class="c-glyph" d="M-2.5-2.5 2.5 2.5M2.5-2.5-2.5 2.5"/>',
    "due": '<circle class="c-due" r="5.5"/>',
}

FITS_A_TELEPHONE = 44
"""Letters of a lane's name and outcome that stand beside each other at 390 px."""


def picture(clock: Drawing, *, plain: bool = False) -> SafeString:
    """The figure: the picture, and over it the bars as links to their rows; without those if `plain` (the preview)."""
    id_ = clock.id
    parts = [
        '<figure class="pl-clock-box">\n'
        f'<svg class="pl-clock" height="{clock.height}" role="img" aria-labelledby="{id_}-t" aria-describedby="{id_}-d">\n'
        f'<title id="{id_}-t">{escape(clock.title)}</title><desc id="{id_}-d">{escape(clock.description)}</desc>\n'
        f'<defs><pattern id="{id_}-h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<line class="c-hatch" y2="5"/></pattern></defs>\n',
        *_strips(clock),
        f'<line class="c-now" x1="{clock.now_x}" x2="{clock.now_x}" y1="{clock.now_from}" y2="{clock.now_to}"/>\n',
    ]
    for day in clock.days:
        css = "c-small" if day.quiet else "c-day"
        parts.append(
            f'<text class="c-halo {css}" x="{day.x}" y="{clock.days_y}" text-anchor="{day.anchor}">{escape(day.text)}</text>\n'
        )
    for lane in clock.lanes:
        parts.extend(_lane(clock, lane))
    parts.extend(
        f'<text class="c-small" x="{hour.x}" y="{clock.hours_y}" text-anchor="{hour.anchor}">{escape(hour.text)}</text>\n'
        for hour in clock.hours
    )
    parts.extend(_desk(clock))
    parts.append(
        f'<svg x="{clock.now_x}" y="{clock.now_y}" overflow="visible"><rect class="c-now-b" x="-{clock.now_half}"'
        f' width="{clock.now_width}" height="15" rx="3"/><text class="c-now-t" x="{clock.now_text_x}" y="11"'
        f' text-anchor="middle">{escape(clock.now_word)}</text></svg>\n</svg>\n'
    )
    if not plain:
        parts.extend(_hits(clock))
    parts.append("</figure>\n")
    return mark_safe("".join(parts))  # noqa: S308 (words are escaped, all else is ours)


def _strips(clock: Drawing) -> Iterator[str]:
    """The ground of each lane: closed, open, its midnights and folds, its frame."""
    midnights = "".join(
        f'<line class="c-midnight" x1="{x}" x2="{x}" y1="0" y2="100%"/>' for x in clock.midnights
    )
    for lane in clock.lanes:
        y, height = lane.strip_y, lane.height
        yield f'<rect class="c-closed" y="{y}" width="100%" height="{height}"/>\n'
        for x, width in lane.opened:
            yield f'<rect class="c-open" x="{x}" y="{y}" width="{width}" height="{height}"/>\n'
        yield f'<svg x="0" y="{y}" width="100%" height="{height}">{midnights}'
        for x in clock.folds:
            yield (
                f'<svg x="{x}" overflow="visible"><path class="c-fold-b" d="M-3 -1h6l-3 {height}v2h-6l3 -{height}z"/>'
                f'<path class="c-fold" d="M-2 {height}l3 -{height}M1 {height}l3 -{height}"/></svg>'
            )
        yield f'</svg>\n<rect class="c-frame" y="{y}.5" width="100%" height="{height - 1}"/>\n'


def _lane(clock: Drawing, lane: Lane) -> Iterator[str]:
    """What is drawn on a lane: its words, its thread, its bars and marks."""
    if clock.named:
        # What would run out of a telephone's width is left to the badges above and the words below.
        long = " c-long" if len(lane.name) + len(lane.said) > FITS_A_TELEPHONE else ""
        yield (
            f'<text class="c-halo" x="0" y="{lane.text_y}"><tspan class="c-name">{escape(lane.name)}</tspan>'
            f'<tspan class="c-{lane.tone}-t{long}" dx="8">{escape(lane.said)}</tspan></text>\n'
        )
    if lane.thread:
        first, last = lane.thread
        yield f'<line class="c-thread" x1="{first}" x2="{last}" y1="{lane.middle}" y2="{lane.middle}"/>\n'
    for bar in lane.bars:
        look = (
            f'class="c-pause" fill="url(#{clock.id}-h)"' if bar.kind == "paused" else f'class="c-{bar.kind}"'
        )
        yield f'<rect {look} x="{bar.x}" y="{bar.y}" width="{bar.width}" height="{bar.height}"/>\n'
    for mark in lane.marks:
        yield f'<svg x="{mark.x}" y="{lane.middle}" overflow="visible">{_GLYPHS[mark.kind]}</svg>\n'


def _desk(clock: Drawing) -> Iterator[str]:
    """The thin line of the vendor's own working hours."""
    if clock.desk:
        for x, width in clock.desk:
            yield f'<rect class="c-desk" x="{x}" y="{clock.desk_y}" width="{width}" height="3"/>\n'
        yield f'<text class="c-small c-halo" x="0" y="{clock.desk_y + 5}">{escape(clock.desk_word)}</text>\n'


def _hits(clock: Drawing) -> Iterator[str]:
    """The bars as links, each with its words, which are shown where it is pointed at."""
    label = escape(_("Segments of the clock"))
    yield f'<svg class="pl-clock pl-clock-hits" height="{clock.height}" role="group" aria-label="{label}">\n'
    colon = _(":")
    for lane in clock.lanes:
        name = escape(f"{lane.name}{colon} ")
        for bar in lane.bars:
            tip, words = bar.tip, escape(bar.label)
            yield (
                f'<a href="#{bar.row}" aria-label="{name}{words}"><rect class="c-hit" x="{bar.x}" y="{bar.y}"'
                f' width="{bar.width}" height="{bar.height}"/><svg class="c-tip" x="{tip.x}" y="{tip.y}" overflow="visible">'
                f'<rect x="{tip.offset}" width="{tip.width}" height="17" rx="3"/><text x="{tip.text_x}" y="12"'
                f' text-anchor="{tip.anchor}">{words}</text></svg></a>\n'
            )
    yield "</svg>"


def proof(one: Proof) -> SafeString:
    """What was counted of a promise, as a table."""
    said = _("%(what)s: what was counted of %(of)s") % {"what": one.commitment, "of": one.of}
    clause = escape(one.clause)
    rows = "".join(
        f"<tr{_id(row.id)}><td>{escape(row.start)}</td><td>{escape(row.end)}</td><td>{escape(row.why)}</td>"
        f'<td class="pl-num">{escape(row.counted)}</td></tr>\n'
        for row in one.rows
    )
    return mark_safe(  # noqa: S308 (words are escaped, all else is ours)
        f'<table class="pl-proof" id="{escape(one.id)}">\n<caption><span class="pl-cap">{escape(said)}'
        f' <a class="pl-clause" href="#clause-{clause}">{clause}</a></span></caption>\n'
        f'<thead class="visually-hidden"><tr><th scope="col">{escape(_("From"))}</th><th scope="col">{escape(_("To"))}</th>'
        f'<th scope="col">{escape(_("Why"))}</th><th scope="col" class="pl-num">{escape(_("Counted"))}</th></tr></thead>\n'
        f'<tbody>{rows}</tbody>\n<tfoot><tr><th scope="row" colspan="3">{escape(_("Sum, without what ran over"))}</th>'
        f'<td class="pl-num">{escape(one.total)}</td></tr></tfoot>\n</table>\n'
    )


def _id(id_: str) -> str:
    return f' id="{id_}"' if id_ else ""
