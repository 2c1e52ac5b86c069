"""Reading mail: a mix like a support mailbox's, and the room that a large message takes while it is read."""

from __future__ import annotations

import base64
import time
import tracemalloc
from collections.abc import Callable, Sequence
from email.message import EmailMessage

from benchmarks import Row, at_least, at_most, best_rates, reported
from palier.mail import reader

_LATIN = (
    "Bonjour, depuis la mise à jour 12.1 le modèle ne s’ouvre plus. Voici ce que nous avons déjà essayé : "
)
_LINES = [_LATIN + f"point numéro {number}, sans résultat." for number in range(8)]
_HISTORY = "Le ven. 20 nov. 2026 à 09:00, Support <support@northern.example> a écrit :\n" + "\n".join(
    f"> {line}" for line in _LINES * 3
)
_SIGNED = "Bien cordialement,\nCamille Roy\nAtelier\n01 23 45 67 89"
_STYLE = "<style>" + "p.MsoNormal { margin: 0cm; font-size: 11pt; font-family: Calibri; }\n" * 60 + "</style>"
_LARGE = 10_000_000


def run() -> list[Row]:
    """Messages read a second, all and by kind, and the most memory that reading takes beside the message."""
    kinds = _mix()
    everything = [content for _, contents in kinds for content in contents]
    rates = best_rates(lambda: _read(everything), *[_reading(contents) for _, contents in kinds], rounds=9)
    rows = [at_least("messages read, a mailbox's mix", rates[0], "1/s", 500)]
    rows += [reported(f"read: {name}", rate, "1/s") for (name, _), rate in zip(kinds, rates[1:], strict=True)]
    rows.append(reported("the mix, for each second of processor time", _by_processor(everything), "1/s"))
    rows.append(at_most("memory to read a message of 14 MB, times its size", _memory(), "x", 8))
    return rows


def _reading(contents: Sequence[bytes]) -> Callable[[], int]:
    return lambda: _read(contents)


def _read(contents: Sequence[bytes]) -> int:
    for content in contents:
        reader.recognise(reader.read(content), "")
    return len(contents)


def _by_processor(contents: Sequence[bytes]) -> float:
    """Messages for a second of this process's own time, which no neighbour changes much."""
    best = 0.0
    for _ in range(5):
        begun = time.process_time()
        _read(contents)
        best = max(best, len(contents) / (time.process_time() - begun))
    return best


def _memory() -> float:
    content = _message(plain="See the file.", files=[("model.bin", b"\x00\xff" * (_LARGE // 2))])
    reader.read(content)
    tracemalloc.start()
    try:
        reader.read(content)
        return tracemalloc.get_traced_memory()[1] / len(content)
    finally:
        tracemalloc.stop()


def _mix() -> list[tuple[str, list[bytes]]]:
    """A hundred messages: most are short answers, some come from Outlook as HTML only, a few carry files."""
    short = "\n\n".join((_LINES[0], _SIGNED, _HISTORY))
    long = "\n\n".join((*_LINES, _SIGNED, _HISTORY))
    page = "".join(f"<p class=MsoNormal>{line}<o:p></o:p></p>" for line in _LINES)
    page = f"<html><head>{_STYLE}</head><body>{page}<p>{_SIGNED.replace(chr(10), '<br>')}</p></body></html>"
    picture = base64.b64decode(b"iVBORw0KGgo=") + b"\x00" * 40_000
    report = "Hi. This is the qmail-send program.\n<paul@atelier.example>:\nno mailbox here (#5.1.1)\n"
    return [
        ("answers, plain", [_message(plain=short)] * 40),
        ("both ways", [_message(plain=long, html=page)] * 30),
        ("HTML only", [_message(html=page)] * 12),
        (
            "with a file of 100 kB",
            [_message(plain=short, files=[("log.txt", b"line of a log\n" * 7_000)])] * 8,
        ),
        ("with pictures", [_message(plain=short, html=page, files=[("shot.png", picture)])] * 5),
        ("reports", [_message(plain=report, sender="MAILER-DAEMON@atelier.example")] * 5),
    ]


def _message(
    *,
    plain: str = "",
    html: str = "",
    files: Sequence[tuple[str, bytes]] = (),
    sender: str = "Camille Roy <camille@atelier.example>",
) -> bytes:
    made = EmailMessage()
    for number in range(6):
        made["Received"] = (
            f"from mx{number}.atelier.example by mx.northern.example; Fri, 20 Nov 2026 10:00:00 +0100"
        )
    made["From"], made["To"], made["Subject"] = (
        sender,
        "support@northern.example",
        "Le modèle ne s’ouvre plus",
    )
    made["Date"], made["Message-ID"] = "Fri, 20 Nov 2026 10:00:00 +0100", "<1@atelier.example>"
    made["References"] = " ".join(f"<{number}@northern.example>" for number in range(6))
    if plain or not html:
        made.set_content(plain)
        if html:
            made.add_alternative(html, subtype="html")
    else:
        made.set_content(html, subtype="html")
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()
