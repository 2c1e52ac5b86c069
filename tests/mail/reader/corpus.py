"""Nasty messages, made from a table of faults, each with what must come out of it. No message here was ever sent."""

from __future__ import annotations

import base64
import quopri
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FROM = "camille@atelier.example"
TO = "support@northern.example"
SUBJECT = "Cannot open the file"
BODY = "Good morning, the file does not open since the update."
FRENCH = "Bonjour, l’élève n’a pas été créé : où est passé le modèle « Façade » ? Ça plante dès l’ouverture."
PLAIN_FRENCH = "Bonjour, l'eleve cree a Besancon : \u00e9\u00e8\u00e0\u00e7\u00f9 d\u00e9j\u00e0 vu \u00e0 No\u00ebl, fen\u00eatre ouverte."
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nasty:
    """A message and what must come out."""

    name: str
    content: bytes
    sender: str | None = FROM
    """The one address of From; None: none can be told."""
    subject: str | None = SUBJECT
    says: tuple[str, ...] = ("Good morning",)
    """Words of the fresh part."""
    folds: tuple[str, ...] = ()
    """Words of the folded part, which are not in the fresh one."""
    hides: tuple[str, ...] = ()
    """Words that are in neither."""
    files: tuple[str, ...] | None = ()
    """Names of the parts; None: not asked."""
    faults: tuple[str, ...] = ()
    """Faults that must be said."""


def head(**changed: str | None) -> bytes:
    """The usual headers; `changed` by name with _ for -, None leaves one out."""
    usual: dict[str, str | None] = {
        "From": f"Camille Roy <{FROM}>",
        "To": TO,
        "Subject": SUBJECT,
        "Date": "Fri, 20 Nov 2026 10:00:00 +0100",
        "Message-ID": "<1@atelier.example>",
        "MIME-Version": "1.0",
    }
    usual.update({name.replace("_", "-"): value for name, value in changed.items()})
    return "".join(f"{name}: {value}\r\n" for name, value in usual.items() if value is not None).encode(
        "utf-8", "surrogateescape"
    )


def whole(body: bytes | str = BODY, **changed: str | None) -> bytes:
    """A message of one part."""
    text = body.encode() if isinstance(body, str) else body
    return head(**changed) + b"\r\n" + text + b"\r\n"


def part(content: bytes | str, *lines: str) -> bytes:
    """A part with its headers."""
    data = content.encode() if isinstance(content, str) else content
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + data


def multi(kind: str, *parts: bytes, boundary: str = "b1", end: bool = True, more: str = "") -> bytes:
    """A part of parts, with its headers."""
    made = f'Content-Type: multipart/{kind}; boundary="{boundary}"{more}\r\n\r\n'.encode()
    made += b"".join(f"--{boundary}\r\n".encode() + one + b"\r\n" for one in parts)
    return made + (f"--{boundary}--\r\n".encode() if end else b"")


def mail(inner: bytes, **changed: str | None) -> bytes:
    """A message around a part that brings its own Content-Type."""
    return head(**changed) + inner


def plain(text: str = BODY) -> bytes:
    """A plain part."""
    return part(text, "Content-Type: text/plain; charset=utf-8")


def page(text: str = f"<p>{BODY}</p>") -> bytes:
    """An HTML part."""
    return part(text, "Content-Type: text/html; charset=utf-8")


def file(name: str | None = "log.txt", content: bytes = b"line", kind: str = "text/plain") -> bytes:
    """An attached part."""
    named = f'; filename="{name}"' if name is not None else ""
    return part(
        base64.encodebytes(content),
        f"Content-Type: {kind}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: attachment{named}",
    )


# --- characters --------------------------------------------------------------------------------------

_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "8bit": lambda data: data,
    "quoted-printable": lambda data: quopri.encodestring(data),
    "base64": base64.encodebytes,
}
_SETS = {
    "utf-8": FRENCH,
    "iso-8859-1": PLAIN_FRENCH,
    "iso-8859-15": PLAIN_FRENCH + " 12 €",
    "windows-1252": FRENCH,
    "macintosh": PLAIN_FRENCH,
    "utf-16": FRENCH,
    "cp850": PLAIN_FRENCH,
    "utf-7": PLAIN_FRENCH,
    "koi8-r": "Добрый день, файл не открывается",
    "windows-1251": "Добрый день, файл не открывается",
    "iso-2022-jp": "ファイルが開きません",
    "shift_jis": "ファイルが開きません",
    "gb2312": "文件打不开了",
    "euc-kr": "파일이 열리지 않습니다",
    "windows-1256": "صباح الخير",
}


def characters() -> Iterator[Nasty]:
    """Each charset in each encoding; then those that are wrong, missing or nonsense."""
    for charset, text in _SETS.items():
        codec = {"macintosh": "mac_roman"}.get(charset, charset)
        for encoding, encode in _ENCODERS.items():
            if charset == "utf-16" and encoding != "base64":
                continue
            yield Nasty(
                name=f"{charset} as {encoding}",
                content=whole(
                    encode(text.encode(codec)),
                    Content_Type=f"text/plain; charset={charset}",
                    Content_Transfer_Encoding=encoding,
                ),
                says=tuple(text.split()),
            )
    for name, declared, codec in (
        ("no charset, UTF-8", "text/plain", "utf-8"),
        ("no charset, cp1252", "text/plain", "cp1252"),
        ("no type at all, UTF-8", None, "utf-8"),
        ("no type at all, cp1252", None, "cp1252"),
        ("ascii declared, cp1252 sent", "text/plain; charset=us-ascii", "cp1252"),
        ("UTF-8 declared, cp1252 sent", "text/plain; charset=utf-8", "cp1252"),
        ("latin-1 declared, cp1252 sent", "text/plain; charset=iso-8859-1", "cp1252"),
        ("unknown charset", "text/plain; charset=x-unknown", "utf-8"),
        ("charset of a language", "text/plain; charset=unicode_escape", "utf-8"),
        ("charset that is no text", "text/plain; charset=rot13", "utf-8"),
        ("charset idna", "text/plain; charset=idna", "utf-8"),
        ("charset with quotes", "text/plain; charset=\"'utf-8'\"", "utf-8"),
        ("charset with a NUL", "text/plain; charset=utf\x00-8", "utf-8"),
        ("charset of 5,000 signs", f"text/plain; charset={'x' * 5_000}", "utf-8"),
        ("charset by RFC 2231", "text/plain; charset*=us-ascii'en'utf-8", "utf-8"),
        ("charset twice", "text/plain; charset=utf-8; charset=koi8-r", "utf-8"),
        ("with a mark", "text/plain; charset=utf-8", "utf-8-sig"),
    ):
        yield Nasty(
            name=name,
            content=whole(FRENCH.encode(codec), Content_Type=declared),
            says=("l’élève", "créé", "Façade", "Ça", "dès"),
        )
    yield Nasty(
        name="UTF-8 cut within a character",
        content=whole((FRENCH * 20).encode()[:-1] + b"\xc3", Content_Type="text/plain; charset=utf-8"),
        says=("l’élève", "Façade"),
        faults=("characters-lost",),
    )
    yield Nasty(
        name="UTF-16 undeclared",
        content=whole(b"\xff\xfe" + FRENCH.encode("utf-16-le"), Content_Type="text/plain"),
        says=("l’élève", "Façade"),
        faults=("charset-guessed",),
    )
    yield Nasty(
        name="NULs in the text",
        content=whole(BODY.replace(" ", "\x00 ")),
        says=("Good morning",),
        faults=("nul-removed",),
    )
    yield Nasty(name="only NULs", content=head() + b"\r\n" + b"\x00" * 5_000, says=(), faults=("empty",))
    yield Nasty(
        name="surrogates",
        content=whole(b"Good morning \xed\xa0\x80 x", Content_Type="text/plain; charset=utf-8"),
    )
    yield Nasty(
        name="control characters",
        content=whole("Good morning\x01\x02\x1b[31m\x7f all"),
        says=("Good morning", "all"),
    )
    yield Nasty(name="turned around", content=whole("Good morning \u202egnp.exe"), hides=("\u202e",))


# --- encodings and line ends -------------------------------------------------------------------------


def encodings() -> Iterator[Nasty]:
    """Transfer encodings that are not what they say, and every way to end a line."""
    encoded = base64.encodebytes(BODY.encode())
    for name, encoding, data in (
        ("base64 without padding", "base64", base64.b64encode(BODY.encode() + b"!").rstrip(b"=")),
        ("base64 with a footer", "base64", encoded + b"\r\n--\r\nSent by a list\r\n"),
        ("base64 with a stray sign", "base64", encoded[:9] + b"!" + encoded[9:]),
        ("base64 on one line", "base64", base64.b64encode(BODY.encode() * 50)),
        ("base64 in capitals", "BASE64", encoded),
        ("base64 with a comment", "base64 ", encoded),
        ("base64 declared, plain sent", "base64", BODY.encode() + b" (not at all encoded, is it?)"),
        ("quoted-printable, stray signs", "quoted-printable", b"Good morning =ZZ = =\r\n, all=3D=E9 =3"),
        ("quoted-printable declared, plain sent", "quoted-printable", BODY.encode()),
        ("quoted-printable with soft breaks", "quoted-printable", b"Good mor=\r\nning"),
        ("an unknown encoding", "x-zip", BODY.encode()),
        ("an empty encoding", "", BODY.encode()),
        ("7bit declared, 8bit sent", "7bit", f"{BODY} é".encode()),
        ("uuencode", "x-uuencode", b'begin 644 x\n-1V]O9"!M;W)N:6YG(0``\n`\nend\n'),
        ("uuencode that breaks off", "x-uuencode", b'begin 644 x\n-1V]O9"!M;W)N:6YG(0``\n'),
    ):
        yield Nasty(
            name=name,
            content=whole(data, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding=encoding),
        )
    flat = whole(f"{BODY}\r\nSecond line.")
    for name, ends in (("LF", b"\n"), ("CR", b"\r"), ("CR CR LF", b"\r\r\n")):
        yield Nasty(
            name=f"line ends {name}",
            content=flat.replace(b"\r\n", ends),
            says=("Good morning", "Second line."),
            sender=FROM,
        )
    half = flat.split(b"\r\n")
    mixed = b"".join(line + (b"\n" if number % 2 else b"\r\n") for number, line in enumerate(half))
    yield Nasty(name="line ends mixed", content=mixed, says=("Good morning", "Second line."))
    yield Nasty(name="a line of a megabyte", content=whole(BODY + " x" * 500_000))
    yield Nasty(name="a hundred thousand empty lines", content=whole("\r\n" * 100_000 + BODY))
    yield Nasty(
        name="flowed",
        content=whole(
            "Good \r\nmorning,\r\n> quoted \r\n> words\r\n-- \r\nCamille",
            Content_Type="text/plain; format=flowed",
        ),
        says=("Good morning,",),
        folds=("quoted words", "Camille"),
    )
    yield Nasty(
        name="flowed, spaces deleted",
        content=whole("Good mor \r\nning", Content_Type='text/plain; format="flowed"; delsp="yes"'),
    )
    yield Nasty(
        name="flowed, stuffed",
        content=whole(" From us: Good morning", Content_Type="text/plain; format=flowed"),
    )


# --- headers -----------------------------------------------------------------------------------------


def header_faults() -> Iterator[Nasty]:
    """Subjects, senders and blocks of headers."""
    for name, given, wanted in (
        ("Q-encoded", "=?utf-8?q?Caf=C3=A9_ouvert?=", "Café ouvert"),
        ("B-encoded", "=?utf-8?b?Q2Fmw6k=?=", "Café"),
        ("two words", "=?utf-8?q?Caf=C3=A9?= =?utf-8?q?_noir?=", "Café noir"),
        ("two words, folded", "=?utf-8?q?Caf=C3=A9?=\r\n =?utf-8?q?_noir?=", "Café noir"),
        ("a character between words", "=?utf-8?q?Caf=C3?= =?utf-8?q?=A9_noir?=", "Café noir"),
        ("without spaces", "Un=?iso-8859-1?q?_caf=E9?=!", "Un café!"),
        ("unknown charset", "=?x-none?q?Caf=C3=A9?=", "Café"),
        ("a language", "=?utf-8*fr?q?Caf=C3=A9?=", "Café"),
        ("spaces inside", "=?utf-8?q?Caf=C3=A9 noir?=", "Café noir"),
        ("no padding", "=?utf-8?b?Q2Fmw6k?=", "Café"),
        ("never closed", "=?utf-8?q?Caf=C3=A9", "=?utf-8?q?Caf=C3=A9"),
        ("empty word", "=?utf-8?q??=Café", "Café"),
        ("broken base64", "=?utf-8?b?Q?= Café", "Café"),
        ("raw UTF-8", "Café noir", "Café noir"),
        ("raw cp1252", "Caf\udce9 noir", "Café noir"),
        ("control characters", "Caf\x01\x1bé\u202e noir", "Café noir"),
        ("a folded line", "Café\r\n\tnoir", "Café noir"),
        ("empty", "", ""),
        ("missing", None, ""),
        ("a hidden header", "=?utf-8?q?Caf=C3=A9=0D=0ABcc=3A_x=40y.example?=", "Café Bcc: x@y.example"),
    ):
        yield Nasty(name=f"subject {name}", content=whole(Subject=given), subject=wanted)
    yield Nasty(name="subject of 100,000 signs", content=whole(Subject="Café " * 20_000), subject=None)
    for name, given, sender in (
        ("a bare address", FROM, FROM),
        ("a quoted comma", f'"Roy, Camille" <{FROM}>', FROM),
        ("an unquoted comma", f"Roy, Camille <{FROM}>", None),
        ("an encoded name", f"=?utf-8?q?Camille_=22Cam=22_R=C3=B6y?= <{FROM}>", FROM),
        ("an encoded comma", f"=?utf-8?q?Roy=2C_Camille?= <{FROM}>", FROM),
        ("a comment", f"{FROM} (Camille (the first) Roy)", FROM),
        ("capitals", "CAMILLE@ATELIER.EXAMPLE", "CAMILLE@atelier.example"),
        ("a group", f"Team: {FROM};", FROM),
        ("nothing", "", None),
        ("missing", None, None),
        ("no address", "Camille Roy", None),
        ("8-bit name", f"Camille R\udcf6y <{FROM}>", FROM),
        ("10,000 addresses", ", ".join(["a@b.example"] * 10_000), None),
        ("20,000 brackets", "(" * 20_000 + FROM, None),
        ("a quote never closed", f'"Camille <{FROM}>', None),
        ("an international domain", "camille@münchen.example", "camille@xn--mnchen-3ya.example"),
    ):
        yield Nasty(name=f"from {name}", content=whole(From=given), sender=sender)
    yield Nasty(
        name="two From headers",
        content=b"From: eve@evil.example\r\n" + whole(),
        sender=None,
        faults=("several-from", "header-twice"),
    )
    yield Nasty(
        name="two subjects", content=whole(Subject=f"{SUBJECT}\r\nSubject: Another"), faults=("header-twice",)
    )
    yield Nasty(
        name="a name like an address",
        content=whole(From=f'"ceo@northern.example" <{FROM}>'),
        faults=("name-is-address",),
    )
    for name, content in (
        ("a mailbox line first", b"From camille@atelier.example Fri Nov 20 10:00:00 2026\r\n" + whole()),
        ("empty lines first", b"\r\n\r\n" + whole()),
        ("a byte order mark first", b"\xef\xbb\xbf" + whole()),
        ("a line that is no header", b"Hello, this is no header\r\n" + whole()),
        ("a header without a name", b": nothing\r\n" + whole()),
        ("a fold first", b" folded\r\n" + whole()),
        ("a space before the colon", whole().replace(b"Subject:", b"Subject :")),
        ("no space after colons", whole().replace(b": ", b":")),
        ("capitals", whole().replace(b"From:", b"FROM:").replace(b"Subject:", b"SUBJECT:")),
        ("two thousand more", head() + b"X-More: yes\r\n" * 1_900 + b"\r\n" + BODY.encode()),
        ("a megabyte in one", head() + b"X-Long: " + b"x" * 1_000_000 + b"\r\n\r\n" + BODY.encode()),
        ("a megabyte folded", head() + b"X-Long: x" + b"\r\n x" * 300_000 + b"\r\n\r\n" + BODY.encode()),
        ("8-bit names", b"Fr\xf6m: x\r\n" + whole()),
        ("tabs", whole().replace(b": ", b":\t")),
    ):
        yield Nasty(name=f"headers {name}", content=content)
    yield Nasty(name="no body, no empty line", content=head(), says=(), faults=("empty",))
    yield Nasty(
        name="no empty line before the text", content=head() + BODY.encode(), faults=("headers-malformed",)
    )
    yield Nasty(
        name="no headers at all", content=f"\r\n{BODY}".encode(), sender=None, subject="", faults=("no-from",)
    )
    yield Nasty(name="only a text", content=BODY.encode(), sender=None, subject="")
    for given in (
        "yesterday",
        "Fri, 99 Nov 2026 99:99:99",
        "Fri, 20 Nov 99999 10:00:00 +0100",
        "",
        None,
        "0",
    ):
        yield Nasty(name=f"date {given!r}", content=whole(Date=given), faults=("date-malformed",))


# --- parts -------------------------------------------------------------------------------------------


def part_faults() -> Iterator[Nasty]:
    """Parts in every order, broken, nested and without end."""
    for name, inner, files in (
        ("alternative", multi("alternative", plain(), page()), ()),
        ("alternative, HTML first", multi("alternative", page(), plain()), ()),
        ("alternative, plain only", multi("alternative", plain()), ()),
        ("alternative, HTML only", multi("alternative", page()), ()),
        ("alternative, plain empty", multi("alternative", plain(""), page()), ()),
        (
            "alternative of three",
            multi("alternative", plain(), part("x", "Content-Type: text/x-amp-html"), page()),
            None,
        ),
        (
            "alternative with a mixed one (Apple)",
            multi(
                "alternative",
                plain(),
                multi("mixed", page(), file("a.pdf", kind="application/pdf"), boundary="b2"),
            ),
            ("a.pdf",),
        ),
        (
            "alternative in related in mixed",
            multi(
                "mixed",
                multi(
                    "related",
                    multi("alternative", plain(), page(), boundary="b3"),
                    file("p.png", PNG, "image/png"),
                    boundary="b2",
                ),
                file(),
            ),
            ("p.png", "log.txt"),
        ),
        ("related, plain root", multi("related", plain(), file("p.png", PNG, "image/png")), ("p.png",)),
        ("related, picture first", multi("related", file("p.png", PNG, "image/png"), page()), ("p.png",)),
        ("mixed, file first", multi("mixed", file(), plain()), ("log.txt",)),
        ("mixed, empty part", multi("mixed", b"", plain()), None),
        ("mixed, no parts", multi("mixed", plain(), end=False), ()),
        (
            "signed",
            multi("signed", plain(), part("sig", "Content-Type: application/pgp-signature; name=s.asc")),
            ("s.asc",),
        ),
        ("an unknown kind", multi("x-strange", plain(), file()), ("log.txt",)),
        ("form data", multi("form-data", plain()), ()),
        ("parallel", multi("parallel", plain(), file()), ("log.txt",)),
        (
            "a preamble and an epilogue",
            multi("mixed", plain()).replace(b"--b1\r\n", b"Not shown\r\n--b1\r\n", 1) + b"Neither\r\n",
            (),
        ),
        ("one boundary for two levels", multi("mixed", multi("alternative", plain(), page()), file()), None),
        ("a boundary with spaces", multi("mixed", plain(), boundary="a b c"), ()),
        ("a boundary with signs", multi("mixed", plain(), boundary="=_(.*)+[x]?"), ()),
        (
            "a boundary that begins another",
            multi("mixed", multi("alternative", plain(), page(), boundary="b11"), file()),
            None,
        ),
        ("an attachment without end", multi("mixed", plain(), file(), end=False), ("log.txt",)),
        ("text without a blank line", multi("mixed", f"{BODY}".encode(), file()), None),
    ):
        yield Nasty(name=f"parts {name}", content=mail(inner), files=files, hides=("Not shown", "Neither"))
    yield Nasty(
        name="parts no boundary declared",
        content=mail(multi("mixed", plain()).replace(b'; boundary="b1"', b"")),
        faults=("boundary-broken",),
        files=None,
    )
    yield Nasty(
        name="parts another boundary declared",
        content=mail(multi("mixed", plain()).replace(b'"b1"', b'"b9"')),
        faults=("boundary-broken",),
        files=None,
    )
    nested = plain()
    for level in range(60):
        nested = multi("mixed", nested, boundary=f"n{level}")
    yield Nasty(name="parts sixty deep", content=mail(nested), says=(), files=None, faults=("too-deep",))
    deep = plain()
    for level in range(15):
        deep = multi("mixed", deep, boundary=f"n{level}")
    yield Nasty(name="parts fifteen deep", content=mail(deep))
    rfc822 = whole("Inside the other one.")
    for _ in range(150):
        rfc822 = head() + b"Content-Type: message/rfc822\r\n\r\n" + rfc822
    yield Nasty(name="messages in messages, 150 deep", content=rfc822, says=(), files=None)
    yield Nasty(
        name="three thousand parts",
        content=mail(multi("mixed", plain(), *[file(f"{n}.txt") for n in range(3_000)])),
        files=None,
        faults=("parts-cut",),
    )
    yield Nasty(
        name="a message attached",
        content=mail(
            multi(
                "mixed",
                plain(),
                part(whole("Their words", Subject="Their subject"), "Content-Type: message/rfc822"),
            )
        ),
        hides=("Their words",),
        files=("Their subject.eml",),
    )
    yield Nasty(
        name="a digest",
        content=mail(
            multi("digest", b"\r\n" + whole("One", Subject="One"), b"\r\n" + whole("Two", Subject="Two"))
        ),
        says=(),
        hides=("One", "Two"),
        files=("One.eml", "Two.eml"),
    )
    yield Nasty(
        name="only a file",
        content=head() + file("a.pdf", b"%PDF", "application/pdf"),
        says=(),
        files=("a.pdf",),
    )
    yield Nasty(
        name="encrypted",
        content=whole("MIAG", Content_Type="application/pkcs7-mime; name=smime.p7m"),
        says=(),
        files=("smime.p7m",),
        faults=("encrypted",),
    )
    for name, declared in (
        ("nonsense", "nonsense"),
        ("empty", ""),
        ("text", "text"),
        ("two slashes", "text/plain/x"),
        ("capitals", "TEXT/PLAIN; CHARSET=UTF-8"),
        ("a comment", "text/plain (a comment)"),
        ("40,000 parameters", "text/plain" + '; a="b;c"' * 20_000),
        ("a quote never closed", 'text/plain; name="'),
    ):
        yield Nasty(name=f"type {name}", content=whole(Content_Type=declared), files=None)


# --- file names --------------------------------------------------------------------------------------


def file_names() -> Iterator[Nasty]:
    """Names of files, in all the ways there are, and as bad as they come."""
    for name, disposition, wanted in (
        ("plain", "attachment; filename=a.txt", "a.txt"),
        ("quoted", 'attachment; filename="a b.txt"', "a b.txt"),
        ("unquoted with spaces", "attachment; filename=a b.txt", "a b.txt"),
        ("RFC 2231", "attachment; filename*=utf-8''%C3%A9t%C3%A9.txt", "été.txt"),
        ("RFC 2231 in latin-1", "attachment; filename*=iso-8859-1'fr'%E9t%E9.txt", "été.txt"),
        (
            "RFC 2231 in pieces",
            "attachment; filename*0*=utf-8''%C3%A9; filename*1=t.; filename*2=txt",
            "ét.txt",
        ),
        ("RFC 2231 out of order", "attachment; filename*1=t.txt; filename*0=a", "at.txt"),
        ("RFC 2231 without a charset", "attachment; filename*=a%20b.txt", "a b.txt"),
        ("both ways", "attachment; filename=x.txt; filename*=utf-8''%C3%A9.txt", "é.txt"),
        ("encoded word", 'attachment; filename="=?utf-8?q?=C3=A9t=C3=A9.txt?="', "été.txt"),
        ("8-bit", 'attachment; filename="été.txt"', "été.txt"),
        ("a path", 'attachment; filename="../../etc/passwd"', "passwd"),
        ("a Windows path", r'attachment; filename="C:\\Users\\x\\a.txt"', "a.txt"),
        ("an encoded path", "attachment; filename*=utf-8''..%2F..%2Fa.txt", "a.txt"),
        ("a NUL", "attachment; filename*=utf-8''a%00.txt", "a.txt"),
        ("control characters", "attachment; filename*=utf-8''a%0D%0Ab.txt", "a b.txt"),
        ("turned around", "attachment; filename*=utf-8''a%E2%80%AEtxt.exe", "atxt.exe"),
        ("only dots", 'attachment; filename="..."', "part-1.txt"),
        ("none", "attachment", "part-1.txt"),
        ("empty", 'attachment; filename=""', "part-1.txt"),
        ("a device", "attachment; filename=CON.txt", "_CON.txt"),
        ("forbidden signs", 'attachment; filename="a<b>:c|d?.txt"', "a_b__c_d_.txt"),
        ("long", f"attachment; filename={'a' * 400}.txt", "a" * 146 + ".txt"),
    ):
        inner = part("x", "Content-Type: text/plain", f"Content-Disposition: {disposition}")
        yield Nasty(name=f"name {name}", content=mail(multi("mixed", plain(), inner)), files=(wanted,))
    inner = part("x", "Content-Type: application/pdf; name=from-type.pdf")
    yield Nasty(
        name="name in the type only", content=mail(multi("mixed", plain(), inner)), files=("from-type.pdf",)
    )


# --- HTML --------------------------------------------------------------------------------------------


def html_faults() -> Iterator[Nasty]:
    """HTML that acts, hides, calls out, nests without end, or is no HTML."""
    for name, given in (
        ("script", f"<script>alert('evil words')</script><p>{BODY}</p>"),
        ("script never closed", f"<p>{BODY}</p><script>alert('evil words')"),
        ("style", f"<style>p {{ x: 'evil words' }}</style><p>{BODY}</p>"),
        ("comment", f"<!-- evil words --><p>{BODY}</p>"),
        ("conditional comment", f"<!--[if mso]>evil words<![endif]--><p>{BODY}</p>"),
        ("title", f"<html><head><title>evil words</title></head><body>{BODY}</body></html>"),
        ("an event", f"<p onclick='evil words'>{BODY}</p>"),
        ("a frame", f"<iframe src='http://x.example'>evil words</iframe>{BODY}"),
        ("svg", f"<svg><script>evil words</script></svg><p>{BODY}</p>"),
    ):
        yield Nasty(
            name=f"HTML {name}",
            content=whole(given, Content_Type="text/html; charset=utf-8"),
            hides=("evil words",),
        )
    for name, given in (
        ("no tags", BODY),
        ("never closed", f"<div><p><b>{BODY}"),
        ("closed too often", f"</div></p>{BODY}</b></b></html>"),
        ("in capitals", f"<HTML><BODY><P>{BODY}</P></BODY></HTML>"),
        (
            "entities",
            "<p>Good&nbsp;morning, &eacute;l&egrave;ve &#233; &#x1F600; &amp;amp;</p>".replace("&nbsp;", " "),
        ),
        ("breaks", BODY.replace(" ", "<br>").replace("Good<br>", "Good ")),
        ("a table", f"<table><tr><td>{BODY}</td><td>second</td></tr></table>"),
        ("100,000 small tags", f"<p>{BODY}</p>" + "<b>x</b>" * 100_000),
        ("30,000 deep", f"<p>{BODY}</p>" + "<div>" * 30_000 + "x" + "</div>" * 30_000),
        ("30,000 deep with false ends", f"<p>{BODY}</p>" + "<div></x>" * 30_000),
        (
            "30,000 deep behind barriers",
            f"<p>{BODY}</p>" + ("<div>" * 200 + "<object>" + "</div>" * 200 + "</object>") * 100,
        ),
        ("lists in lists", f"<p>{BODY}</p>" + "<ul><li>x" * 5_000),
        ("quotes in quotes", f"<p>{BODY}</p>" + "<blockquote>" * 5_000 + "x"),
        ("a megabyte of brackets", f"<p>{BODY}</p>" + "<" * 1_000_000),
        ("a megabyte of comments", f"<p>{BODY}</p>" + "<!--" * 250_000),
        ("three megabytes", f"<p>{BODY}</p>" + "<p>word</p>" * 300_000),
        ("formatting without end", f"<p>{BODY}</p>" + "<font><a><i>" * 5_000),
    ):
        yield Nasty(
            name=f"HTML {name}",
            content=whole(given, Content_Type="text/html; charset=utf-8"),
            says=("Good", "morning"),
            files=None,
        )
    yield Nasty(
        name="HTML undeclared",
        content=whole(f"<html><body><p>{BODY}</p></body></html>"),
        faults=("html-undeclared",),
    )
    yield Nasty(
        name="plain says less than the HTML",
        content=mail(multi("alternative", plain("Please view this in HTML"), page())),
        hides=("Please view",),
    )
    yield Nasty(
        name="a picture within the text",
        content=mail(
            multi(
                "related",
                page(f'<p>{BODY}</p><img src="cid:p1@x" alt="shot">'),
                part(
                    base64.encodebytes(PNG),
                    "Content-Type: image/png",
                    "Content-Transfer-Encoding: base64",
                    "Content-ID: <p1@x>",
                ),
            )
        ),
        says=("Good morning", "cid:p1@x"),
        files=("part-1.png",),
    )
    yield Nasty(
        name="a picture by an encoded name",
        content=mail(
            multi(
                "related",
                page(f'<p>{BODY}</p><img src="cid:p1%40x" alt="shot">'),
                part(PNG, "Content-Type: image/png", "Content-Transfer-Encoding: 8bit", "Content-ID: <p1@x>"),
            )
        ),
        says=("Good morning", "cid:p1@x"),
        files=("part-1.png",),
    )
    yield Nasty(
        name="the only text is named",
        content=whole(Content_Type="text/plain; name=body.txt; charset=utf-8", Content_Disposition="inline"),
    )
    yield Nasty(
        name="a picture that is not there",
        content=mail(multi("related", page(f'<p>{BODY}</p><img src="cid:gone" alt="shot">'))),
        says=("Good morning", "shot"),
        hides=("gone",),
    )


# --- what was said before ----------------------------------------------------------------------------

_HEADS = {
    "Gmail, English": "On Fri, Nov 20, 2026 at 9:00 AM Support <support@northern.example> wrote:",
    "Gmail, English, wrapped": "On Fri, Nov 20, 2026 at 9:00 AM Support\r\n<support@northern.example> wrote:",
    "Gmail, French": "Le ven. 20 nov. 2026 à 09:00, Support <support@northern.example> a écrit :",
    "Gmail, French, wrapped": "Le ven. 20 nov. 2026 à 09:00, Support <support@northern.example> a\r\nécrit\u00a0:",
    "Apple, English": "On 20 Nov 2026, at 09:00, Support <support@northern.example> wrote:",
    "Apple, French": "Le 20 nov. 2026 à 09:00, Support <support@northern.example> a écrit :",
    "Thunderbird, French": "Le 20/11/2026 à 09:00, Support a écrit :",
    "German": "Am Fr., 20. Nov. 2026 um 09:00 Uhr schrieb Support <support@northern.example>:",
    "Spanish": "El vie, 20 nov 2026 a las 9:00, Support (<support@northern.example>) escribió:",
    "Italian": "Il giorno ven 20 nov 2026 alle ore 09:00 Support <support@northern.example> ha scritto:",
    "Swedish": "Den fre 20 nov. 2026 kl 09:00 skrev Support <support@northern.example>:",
    "Polish": "Dnia 20 listopada 2026 09:00 Support napisał(a):",
    "Dutch": "Op vr 20 nov. 2026 om 09:00 schreef Support <support@northern.example>:",
}
_BLOCKS = {
    "Outlook, English": "From: Support <support@northern.example>\r\nSent: Friday, November 20, 2026 9:00 AM\r\n"
    "To: Camille\r\nSubject: RE: Help",
    "Outlook, French": "De : Support <support@northern.example>\r\nEnvoyé : vendredi 20 novembre 2026 09:00\r\n"
    "À : Camille\r\nObjet : RE: Aide",
    "Outlook, French, nbsp": "De\u00a0: Support\r\nEnvoyé\u00a0: vendredi 20 novembre 2026 09:00\r\n"
    "À\u00a0: Camille\r\nObjet\u00a0: RE: Aide",
    "Outlook with a rule": "________________________________\r\nFrom: Support\r\nSent: Friday\r\nTo: Camille\r\nSubject: Help",
    "Outlook, stars": "*From:* Support\r\n*Sent:* Friday\r\n*To:* Camille\r\n*Subject:* Help",
    "old Outlook": "-----Original Message-----\r\nFrom: Support\r\nSent: Friday\r\nTo: Camille\r\nSubject: Help",
    "old Outlook, French": "-----Message d'origine-----\r\nDe : Support\r\nEnvoyé : vendredi\r\nÀ : Camille\r\nObjet : Aide",
    "Outlook, German": "Von: Support\r\nGesendet: Freitag\r\nAn: Camille\r\nBetreff: Hilfe",
}
_OLD = "We said this before."


def histories() -> Iterator[Nasty]:
    """Answers above, below and between what they answer, and signatures."""
    for name, line in _HEADS.items():
        yield Nasty(
            name=f"history {name}",
            content=whole(f"{BODY}\r\n\r\n{line}\r\n\r\n> {_OLD}\r\n> More."),
            folds=(_OLD, "More."),
        )
    for name, block in _BLOCKS.items():
        yield Nasty(
            name=f"history {name}", content=whole(f"{BODY}\r\n\r\n{block}\r\n\r\n{_OLD}"), folds=(_OLD,)
        )
    for language, line in (
        ("en", "— Write above this line —"),
        ("fr", "— Écrivez au-dessus de cette ligne —"),
    ):
        yield Nasty(
            name=f"history our own line, {language}",
            content=whole(f"{BODY}\r\n\r\nSomething unheard of, said then:\r\n\r\n{line}\r\n\r\n{_OLD}"),
            says=("Good morning",),
            folds=(_OLD,),
        )
        yield Nasty(
            name=f"history our own line quoted, answer below, {language}",
            content=whole(f"{_HEADS['Gmail, English']}\r\n\r\n> {line}\r\n> {_OLD}\r\n\r\n{BODY}"),
            folds=(_OLD,),
        )
    yield Nasty(
        name="history answers between quotes",
        content=whole(
            f"{_HEADS['Gmail, English']}\r\n> Which version?\r\n\r\n12.1\r\n\r\n> Which system?\r\n\r\n{BODY}\r\n\r\n> Regards"
        ),
        says=("Which version?", "12.1", "Which system?", "Good morning"),
    )
    yield Nasty(
        name="history answer below",
        content=whole(f"{_HEADS['Gmail, French']}\r\n> {_OLD}\r\n\r\n{BODY}"),
        folds=(_OLD,),
    )
    yield Nasty(name="history nothing but a quote", content=whole(f"> {BODY}"), says=("Good morning",))
    yield Nasty(
        name="history a forwarded message",
        content=whole(f"---------- Forwarded message ---------\r\nFrom: x\r\nDate: y\r\nTo: z\r\n\r\n{BODY}"),
    )
    yield Nasty(
        name="history forwarded with a word above",
        content=whole(f"See below.\r\n\r\n{_BLOCKS['Outlook, English']}\r\n\r\n{BODY}", Subject="FW: x"),
        subject="FW: x",
        says=("See below.", "Good morning"),
    )
    yield Nasty(
        name="history of Gmail's HTML",
        content=whole(
            f"<div>{BODY}</div><br><div class=gmail_quote><div>{_HEADS['Gmail, English'].replace('<', '&lt;')}<br></div>"
            f"<blockquote>{_OLD}</blockquote></div>",
            Content_Type="text/html",
        ),
        folds=(_OLD,),
    )
    yield Nasty(
        name="history of Outlook's HTML",
        content=whole(
            f"<p>{BODY}</p><div><hr><b>De :</b> Support<br><b>Envoyé :</b> vendredi<br><b>À :</b> Camille<br>"
            f"<b>Objet :</b> Aide</div><p>{_OLD}</p>",
            Content_Type="text/html; charset=utf-8",
        ),
        folds=(_OLD,),
    )
    for name, signature in (
        ("dashes", "-- \r\nCamille Roy\r\nAtelier"),
        ("dashes, space lost", "--\r\nCamille Roy\r\nAtelier"),
        ("a phone, English", "Sent from my iPhone, Camille Roy"),
        ("a phone, French", "Envoyé de mon iPhone\r\nCamille Roy"),
        ("a closing, French", "Bien cordialement,\r\n\r\nCamille Roy\r\n01 23 45 67 89"),
        ("a closing, English", "Kind regards\r\nCamille Roy"),
        ("a disclaimer", "This e-mail and any attachments are confidential.\r\nCamille Roy"),
        ("a disclaimer, French", "Ce message et ses pièces jointes sont confidentiels.\r\nCamille Roy"),
    ):
        yield Nasty(
            name=f"signature {name}", content=whole(f"{BODY}\r\n\r\n{signature}"), folds=("Camille Roy",)
        )
    yield Nasty(
        name="signature before a history",
        content=whole(
            f"{BODY}\r\n\r\nCordialement,\r\nCamille Roy\r\n\r\n{_BLOCKS['Outlook, French']}\r\n\r\n{_OLD}"
        ),
        folds=("Camille Roy", _OLD),
    )
    yield Nasty(
        name="no signature: thanks at the top",
        content=whole(f"Thanks,\r\n\r\n{BODY}"),
        says=("Thanks,", "Good morning"),
    )
    yield Nasty(
        name="no signature: a list of dashes",
        content=whole(f"{BODY}\r\n\r\n- first\r\n- second\r\n--- a rule ---\r\nand more"),
        says=("- first", "and more"),
    )


# --- other formats -----------------------------------------------------------------------------------


def tnef_stream(
    *, body: str = BODY, files: tuple[tuple[str, bytes], ...] = (("plan.txt", b"plan"),)
) -> bytes:
    """A winmail.dat."""

    def thing(level: int, name: int, kind: int, data: bytes) -> bytes:
        return (
            struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
        )

    made = struct.pack("<IH", 0x223E9F78, 1)
    made += thing(1, 0x9007, 6, struct.pack("<II", 1252, 0))
    made += thing(1, 0x800C, 2, body.encode("cp1252") + b"\0")
    for name, content in files:
        made += thing(2, 0x9002, 6, b"\0" * 14)
        made += thing(2, 0x8010, 1, name.encode("cp1252") + b"\0")
        made += thing(2, 0x800F, 6, content)
        wide = name.encode("utf-16-le") + b"\0\0"
        value = struct.pack("<HHII", 0x1F, 0x3707, 1, len(wide)) + wide + b"\0" * (-len(wide) % 4)
        made += thing(2, 0x9005, 6, struct.pack("<I", 1) + value)
    return made


_ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTAMP:20261120T090000Z\r\n"
    "DTSTART:20261123T090000Z\r\nDTEND:20261123T100000Z\r\nSUMMARY:Good morning call\r\n"
    "ORGANIZER:mailto:camille@atelier.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def formats() -> Iterator[Nasty]:
    """Outlook's wrapping and invitations."""

    def winmail(data: bytes) -> bytes:
        return file("winmail.dat", data, "application/ms-tnef")

    stream = tnef_stream()
    yield Nasty(
        name="winmail.dat beside a text",
        content=mail(multi("mixed", plain(), winmail(stream))),
        files=("plan.txt",),
    )
    yield Nasty(name="winmail.dat alone", content=mail(winmail(stream)), files=("plan.txt",))
    yield Nasty(
        name="winmail.dat cut",
        content=mail(multi("mixed", plain(), winmail(stream[:-20]))),
        files=None,
        faults=("tnef-broken",),
    )
    yield Nasty(
        name="winmail.dat that is none",
        content=mail(multi("mixed", plain(), winmail(b"nothing of the kind"))),
        files=("winmail.dat",),
        faults=("tnef-broken",),
    )
    endless = (
        struct.pack("<IH", 0x223E9F78, 1) + struct.pack("<BHHI", 1, 0x9003, 6, 8) + b"\xff" * 8 + b"\0\0"
    )
    yield Nasty(
        name="winmail.dat with four thousand million properties",
        content=mail(multi("mixed", plain(), winmail(endless))),
        files=None,
        faults=("tnef-broken",),
    )
    many = struct.pack("<I", 1) + struct.pack("<HHI", 0x1002, 0x3001, 0xFFFFFFFF)
    endless = (
        struct.pack("<IH", 0x223E9F78, 1) + struct.pack("<BHHI", 1, 0x9003, 6, len(many)) + many + b"\0\0"
    )
    yield Nasty(
        name="winmail.dat with four thousand million values",
        content=mail(multi("mixed", plain(), winmail(endless))),
        files=None,
        faults=("tnef-broken",),
    )
    tiny = struct.pack("<IH", 0x223E9F78, 1) + struct.pack("<BHHI", 1, 0, 0, 0) * 50_000
    yield Nasty(
        name="winmail.dat of 50,000 objects", content=mail(multi("mixed", plain(), winmail(tiny))), files=None
    )
    invitation = part(_ICS, "Content-Type: text/calendar; charset=utf-8; method=REQUEST")
    yield Nasty(name="an invitation alone", content=mail(invitation), files=("part-1.ics",))
    yield Nasty(
        name="an invitation beside texts",
        content=mail(multi("alternative", plain(), page(), invitation)),
        files=("part-1.ics",),
    )
    for name, text in (
        ("cut", _ICS[:150]),
        ("of nonsense", "BEGIN:VCALENDAR\r\nX\r\nEND:VEVENT"),
        ("with impossible dates", _ICS.replace("20261123T090000Z", "99999999T999999Z")),
    ):
        yield Nasty(
            name=f"an invitation {name}",
            content=mail(multi("mixed", plain(), part(text, "Content-Type: text/calendar"))),
            files=("part-1.ics",),
        )
    yield Nasty(
        name="ten megabytes attached",
        content=mail(
            multi("mixed", plain(), file("big.bin", b"\x00\xff" * 5_000_000, "application/octet-stream"))
        ),
        files=("big.bin",),
    )


ALL: tuple[Nasty, ...] = (
    *characters(),
    *encodings(),
    *header_faults(),
    *part_faults(),
    *file_names(),
    *html_faults(),
    *histories(),
    *formats(),
)
