"""Tags of the pages: built files, icons, the vendor's own typography."""

from __future__ import annotations

import functools
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.template import Context, loader
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from palier.pages import built, clock_html, menus
from palier.pages import kept as parts
from palier.pages.clock_drawing import Drawing
from palier.pages.clock_proof import Proof

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


@register.simple_tag
def same_for_all(name: str) -> SafeString:
    """A template that says nothing but words, the same for every reader of a language: rendered once for each."""
    return _rendered(name, translation.get_language())


@functools.lru_cache(maxsize=64)
def _rendered(name: str, language: str | None) -> SafeString:
    del language  # the active one: named as part of the key
    return loader.render_to_string(name)


@register.simple_tag(takes_context=True)
def menu(context: Context, name: str) -> SafeString:
    """A menu of the page's head, given what `shell.menus` says and nothing else (palier.pages.menus)."""
    shell = context["shell"]
    return menus.filled(name, shell.menus, here=shell.here, token=str(context["csrf_token"]))


@register.simple_tag(takes_context=True)
def desk_head(context: Context) -> SafeString:
    """The head of the desk's pages: kept for who has the same links, with the menus and names of this one set in."""
    shell, token = context["shell"], str(context["csrf_token"])
    return parts.part(
        "pages/desk_head.html",
        shell.desk_head,
        here=shell.here_words,
        person=shell.person,
        initials=shell.initials,
        languages=menus.filled("pages/languages.html", shell.menus, here=shell.here, token=token),
        account=menus.filled("pages/account_menu.html", shell.menus, here=shell.here, token=token),
    )


@register.simple_tag(takes_context=True)
def kept(context: Context, template_name: str, it: Any, keep: bool = True, **words: str) -> SafeString:
    """A part that many pages share (palier.pages.kept): given `it` and nothing else. `at` is the page's own address, and
    `holes` are its own words by name, as `words` are."""
    make = parts.part if keep else parts.once
    token, at = str(context["csrf_token"]), str(context.get("at", ""))
    return make(template_name, it, token=token, at=at, **{**(context.get("holes") or {}), **words})


@register.simple_tag
def clock_picture(clock: Drawing, plain: bool = False) -> SafeString:
    """A drawn clock; `plain` without links to its proof."""
    return clock_html.picture(clock, plain=bool(plain))


@register.simple_tag
def proof_table(proof: Proof) -> SafeString:
    """What was counted of a promise."""
    return clock_html.proof(proof)


@register.filter
def control(field: BoundField) -> SafeString:
    """A form's control in our look: its class by kind, and marked where it was answered wrongly."""
    kind = field.widget_type
    classes = {"checkbox": "form-check-input", "select": "form-select", "radioselect": "form-check-input"}
    css = classes.get(kind, "form-control")
    attributes: dict[str, str | bool] = {"class": f"{css} is-wrong" if field.errors else css}
    if field.errors and not field.use_fieldset:
        attributes["aria-describedby"] = f"{field.auto_id}_error"
    return field.as_widget(attrs=attributes)


@register.filter
def quoted(words: str) -> str:
    """Somebody's words between the quotation marks of the reader's language: “so”, « ainsi »."""
    if (translation.get_language() or "en").startswith("fr"):
        return f"«\u00a0{words}\u00a0»"
    return f"“{words}”"
