"""Tags of the pages: built files, icons, the vendor's own typography."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from palier.pages import built

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file."""
    return built.address(name)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of the sprite. It never stands alone: a word goes with it, so it is hidden from screen readers."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {classes}" if classes else "",
        built.address("icons.svg"),
        name,
    )


@register.simple_tag
def shape(status: str) -> SafeString:
    """The little shape of a ticket's status."""
    return format_html(
        '<svg aria-hidden="true"><use href="{}#state-{}"/></svg>', built.address("icons.svg"), status
    )
