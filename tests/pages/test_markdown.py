"""Markdown into HTML that can do nothing, whatever is typed; typography, tickets, files and long quotes."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.pages import markdown

ID = UUID("01234567-89ab-7def-8123-456789abcdef")
FILES = markdown.Refers(
    ticket=lambda number: f"/desk/tickets/{number}" if number == "NOR-1042" else None,
    file=lambda id_: (
        markdown.File(address=f'/files/{id_}?a="b"', name="bracket.png", picture=True) if id_ == ID else None
    ),
    quoted=lambda lines: f"{lines} lines quoted",
)
VOID = {"br", "hr", "img"}
TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "table", "thead", "tbody", "tr",
    "th", "td", "hr", "details", "summary", "img",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "rel"},
    "ol": {"start"},
    "img": {"src", "alt", "loading", "width", "height"},
}


class Walk(HTMLParser):
    """Reads HTML as a browser's tokenizer does, and asserts that nothing in it can act."""

    def __init__(self, made: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.tags: set[str] = set()
        self.feed(made)
        self.close()
        assert self.open == [], made

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        self.tags.add(tag)
        for name, value in attrs:
            assert name in ATTRIBUTES.get(tag, set()), (tag, name)
            if name in ("href", "src"):
                scheme = urlsplit((value or "").strip()).scheme
                assert scheme in ("http", "https", "mailto", "tel", ""), value
                assert scheme or (value or "").startswith(("/desk/tickets/", "/files/")), value
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](https://tracker.example/pixel.gif)",
    '![x" onerror="alert(1)](https://e.example/a.png "t\\" onload=\\"a")',
    f'![" onerror="alert(1)](file:{ID})',
    f"![<b>](file:{ID})",
    f"![a:b](file:{ID})",
    f"[![x](https://e.example/a.png)](file:{ID})",
    f"[a **b** c](file:{ID})",
    "<javascript:alert(1)>",
    '<https://e.example/"onmouseover=alert(1)>',
    "[x]: javascript:alert(1)\n\n[x]",
    "[x](//evil.example)",
    "[x](/logout)",
    "<!-- c --><![CDATA[x]]><?php ?>",
    "<svg/onload=alert(1)>",
    "```html\n<script>\n```",
    '``` " onclick=alert(1)\nx\n```',
    "|a|b|\n|-|:-:|\n|<b>|`|`|",
    '\ue000t:NOR-1"onclick="x\ue001',
    "\ue000f:nothing\ue001 \ue000q:x\ue001",
    "> " * 60 + "deep",
    "*" * 500 + "a",
    "[" * 500,
    "<" * 500,
    "&lt;script&gt; &#60;script&#62;",
    "\x00\x0c\ufeff",
    'NOR-1042" onclick="x',
]


@pytest.mark.parametrize("text", NASTY)
def test_what_is_meant_to_do_harm_does_nothing(text: str) -> None:
    Walk(markdown.html(text, refers=FILES))


PIECES = st.sampled_from(
    [
        *NASTY, "\n", "\n\n", "> ", "- ", "1. ", "    ", "`", "```", "*", "**", "~~", "_", "[", "](", ")", "<", ">", "|",
        "\n|-|-|\n", "![", '"', "'", "=", "&", ";", "#", "NOR-1042", f"file:{ID}", "https://a.example/", "javascript:",
        "onerror=", "\ue000", "\ue001", "é", "\u00a0", "\u202f", "\u202e",
    ]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=25).map("".join))
def test_nothing_that_can_be_typed_acts_or_is_left_open(text: str) -> None:
    Walk(markdown.html(text, refers=FILES))


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Zs", "S")), max_size=80))
def test_no_word_is_lost(text: str) -> None:
    """Letters and figures come out as they went in, but for what made a link's address or a mark of a list."""
    plain = text.translate({ord(mark): " " for mark in "[]()<>*_`~\\|#>+-=&!:./@0123456789"})
    shown = Walk(markdown.html(plain)).text
    assert "".join(shown.split()) == "".join(plain.split())


def test_french_typography_stays_as_typed() -> None:
    text = 'Qu’en pensez-vous\u202f? «\u00a0Rien\u00a0», dit-elle\u00a0: «\u00a0…\u00a0»\u202f; 12\u202f%, (c), ..., --, "droit"'
    assert Walk(markdown.html(text)).text == text


def test_what_was_written_as_plain_text_reads_as_before() -> None:
    text = "Bonjour,\nle rapport ne s’imprime pas.\n\n- page 12\n- page 13\n\nMerci\n----\nCamille"
    made = markdown.html(text)
    assert made.count("<br>") == 1
    assert made.count("<li>") == 2
    assert "<h" not in made.replace("<hr>", "")
    assert Walk(made).tags == {"p", "br", "ul", "li", "hr"}


def test_marks() -> None:
    made = markdown.html(
        "# Head\n\n**bold** *em* ~~gone~~ `code` <https://a.example> a@b.org\n\n|a|b|\n|-|-|\n|1|2|"
    )
    for part in (
        "<p><strong>Head</strong></p>",
        "<strong>bold</strong>",
        "<em>em</em>",
        "<s>gone</s>",
        "<code>code</code>",
        '<a href="https://a.example" rel="noopener nofollow ugc">https://a.example</a>',
        '<a href="mailto:a@b.org" rel="noopener nofollow ugc">a@b.org</a>',
        "<td>2</td>",
    ):
        assert part in made
    assert "<a" not in markdown.html("See setup.py, README.md and example.com")


def test_tickets_are_linked_for_who_may_see_them() -> None:
    made = markdown.html(
        "NOR-1042, NOR-1043 `NOR-1042` [NOR-1042](https://a.example) XNOR-1042x", refers=FILES
    )
    assert made.count('<a href="/desk/tickets/NOR-1042">NOR-1042</a>') == 1
    assert "NOR-1043" in made
    assert "tickets/NOR-1043" not in made
    assert markdown.render("NOR-1042, NOR-1043 and `NOR-1`").tickets == {"NOR-1042", "NOR-1043"}
    assert "<a" not in markdown.html("NOR-1042")


def test_only_own_files_are_shown_as_pictures() -> None:
    made = markdown.html(f"![The bracket](file:{ID})", refers=FILES)
    assert f'<img src="/files/{ID}?a=&quot;b&quot;" alt="The bracket" loading="lazy">' in made
    assert "<img" not in markdown.html(f"![x](file:{uuid4()})", refers=FILES)
    remote = markdown.html("![A cat](https://e.example/cat.png)", refers=FILES)
    assert "<img" not in remote
    assert '<a href="https://e.example/cat.png" rel="noopener nofollow ugc">A cat</a>' in remote
    plain = markdown.Refers(file=lambda _: markdown.File(address="/files/1", name="core.log"))
    assert markdown.html(f"![](file:{ID})", refers=plain) == '<p><a href="/files/1">core.log</a></p>'
    assert markdown.html(f"[the log](file:{ID})", refers=plain) == '<p><a href="/files/1">the log</a></p>'


def test_a_long_quote_is_folded_and_a_short_one_is_not() -> None:
    long = "\n".join(f"> line {n}" for n in range(12))
    made = markdown.html(f"{long}\n\nIndeed.", refers=FILES)
    assert "<details><summary>12 lines quoted</summary>" in made
    assert made.index("</details>") < made.index("Indeed.")
    assert "<details>" not in markdown.html("> one\n> two\n\nIndeed.")


@pytest.mark.parametrize("text", ["![a](http://b.c/" * 1001, "*<b>* \n" * 4000])
def test_what_would_take_long_is_shown_as_typed(text: str) -> None:
    made = markdown.html(text)
    walk = Walk(made)
    assert walk.tags == ({"p"} if "\n" not in text else {"p", "br"})
    assert walk.text.replace("\n", "") == text.replace("\n", "")


def test_a_message_is_rendered_once_and_not_kept_for_ever() -> None:
    kept = markdown._Kept(2_000)
    first = uuid4()
    made = kept.get(first, "*a*")
    assert kept.get(first, "never looked at") is made
    for _ in range(20):
        kept.get(uuid4(), "b" * 100)
    assert len(kept) < 10
    assert kept.get(first, "*c*") is not made
    kept.get(big := uuid4(), "d" * 100_000)
    assert big not in kept._found
