"""HTML of strangers: into HTML that can do nothing, and into Markdown.

No address but http, https, mailto and tel; no picture from elsewhere (it would tell when and where a message is read), only
parts of the message and small ones within the text; no style, class or id: what hides or moves text would show another
message than the one that was sent.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Collection
from urllib.parse import unquote

import html2text
import nh3

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "div", "dl",
    "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre",
    "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "tt", "u", "ul", "var",
}  # fmt: skip
_DROPPED = {
    "script",
    "style",
    "title",
    "head",
    "template",
    "noscript",
    "iframe",
    "object",
    "embed",
    "select",
    "textarea",
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "ol": {"start"},
    "blockquote": {"type"},
}
_SMALL_PICTURE = 40_000
_PICTURE = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]*")
_DEEPEST = 250
_WORK = 8_000_000
"""Tags times their depth: a parser's time grows with it."""
_MARKDOWN_AT_MOST = 400_000
"""Characters: longer ones become plain text, which takes a fiftieth of the time."""
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})[^<>]{0,8000}>")
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "tbody",
        "thead",
        "tfoot",
        "option",
    ]
)
"""Tags that hold nothing, or close by themselves, so that they nest only through others."""
_BARRIER = frozenset({"table", "object", "applet", "marquee", "template", "button", "svg", "math", "select"})
_LOOKED_BACK = 16


def too_deep(html: str) -> bool:
    """Whether tags nest so deep, or so many so deep, that parsing them takes time out of proportion. Never underestimates
    by more than a factor; errs towards yes for HTML that closes what it never opened."""
    stack: list[str] = []
    work = 0
    for found in _TAG.finditer(html):
        name = found[2].lower()
        if name in _VOID:
            work += len(stack)
        elif not found[1]:
            stack.append(name)
            work += len(stack)
            if len(stack) > _DEEPEST:
                return True
        else:
            _leave(stack, name)
        if work > _WORK:
            return True
    return False


def _leave(stack: list[str], name: str) -> None:
    for back in range(1, min(_LOOKED_BACK, len(stack)) + 1):
        if stack[-back] == name:
            del stack[-back:]
            return
        if stack[-back] in _BARRIER:
            return


def clean(html: str, *, known: Collection[str]) -> str:
    """The HTML with nothing in it that acts, hides or calls out. `known` are the Content-IDs of the message's parts."""
    made = _CLEANER.clean(html)
    if "cid:" not in made:
        return made
    return _SHOWN_PART.sub(lambda found: found[0] if entities.unescape(found[1]) in known else "", made)


def _kept(tag: str, attribute: str, value: str) -> str | None:
    scheme = value.partition(":")[0].strip().lower()
    if tag == "img" and attribute == "src":
        if scheme == "cid":
            return f"cid:{unquote(value.partition(':')[2]).strip()}"
        return value if len(value) <= _SMALL_PICTURE and _PICTURE.fullmatch(value) else None
    if attribute == "href":
        return value if scheme in ("http", "https", "mailto", "tel") else None
    if attribute == "type":
        return value if value == "cite" else None
    return value


_SHOWN_PART = re.compile(r' src="cid:([^"]*)"')
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED,
    attributes=_ATTRIBUTES,
    attribute_filter=_kept,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    link_rel="noopener noreferrer nofollow ugc",
    strip_comments=True,
)
"""Made once: making one takes longer than cleaning a letter."""


def stripped(html: str) -> str:
    """The words of HTML that no parser should see: tags cut out, scripts and styles with all in them."""
    made: list[str] = []
    at = 0
    lower = html.lower() if html.isascii() else html
    for found in _TAG.finditer(html):
        if found.start() < at:
            continue
        made.append(html[at : found.start()])
        at = found.end()
        name = found[2].lower()
        if not found[1] and name in ("script", "style", "head"):
            end = lower.find(f"</{name}", at)
            at = at if end < 0 else end
        made.append("\n" if name in ("br", "p", "div", "tr", "li", "table", "h1", "h2", "h3") else " ")
    made.append(html[at:])
    return tidy(entities.unescape("".join(made)))


def words(clean_html: str) -> list[str]:
    """The words of HTML that was cleaned."""
    return entities.unescape(_TAG.sub(" ", clean_html)).split()


def markdown(clean_html: str) -> str:
    """HTML that was cleaned, as Markdown; all of its words, pictures by their text."""
    if len(clean_html) > _MARKDOWN_AT_MOST:
        return stripped(clean_html)
    made = html2text.HTML2Text(bodywidth=0)
    made.unicode_snob = True
    made.ul_item_mark = "-"
    made.protect_links = True
    made.single_line_break = False
    return tidy(made.handle(_PICTURES.sub(_pictured, clean_html)))


_PICTURES = re.compile(r"<img\b[^<>]*>")
_ALT = re.compile(r'\balt="([^"]*)"')


def _pictured(found: re.Match[str]) -> str:
    """A picture that is no part of the message is its words."""
    if 'src="cid:' in found[0]:
        return found[0]
    alt = _ALT.search(found[0])
    return "" if alt is None else f" {alt[1]} "


def tidy(text: str) -> str:
    """No space at the ends of lines, no more than one empty line in a row. Line breaks count as they stand."""
    lines = [line.rstrip() for line in text.split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n")
