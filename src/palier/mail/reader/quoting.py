"""What is fresh in a text and what was said before: folded, never deleted. The words of both together are those of the text.

Rules, in this order (docs/reference/mail-reading.md):
our own line "write above this line"; the head of an answered message ("On … wrote:", "De : … Envoyé : …"); quoted lines
after the last fresh word; signatures. Quotes between fresh words stay, they are what an inline answer answers. Where
nothing fresh would be left, nothing is folded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailparser_reply import constants

CUT_LINES = ("Écrivez au-dessus de cette ligne", "Write above this line")
"""The line our own letters carry above what they quote, in each language."""

_LONGEST_LINE = 400
_LONGEST_BLOCK = 30
_MOST_LINES = 5_000
"""What is longer than any letter is a log: only its first lines are looked at."""
_CUT = re.compile("|".join(re.escape(line) for line in CUT_LINES), re.IGNORECASE)
_WORD = re.compile(r"\w")
_SPACE = " \t\r\x0b\x0c\xa0\u2002\u2003\u2009\u202f"
_MARKS_BEFORE = f"{_SPACE}>*_#|"
_MARKS_AFTER = f"{_SPACE}*_|"

# --- heads of answered messages ----------------------------------------------------------------------

_WROTE = re.compile(
    r"(?:on|le|am|el|il|op|em|den|dne|dnia)\b.{3,300}?"
    r"(?:\bwrote|\ba [ée]crit|\bschrieb\b.{0,120}|\bescribió|\bha scritto|\bschreef.{0,120}|\bescreveu|\bskrev.{0,120})\s*:"
    r"|.{3,200}<[^<>\s]+@[^<>\s]+>\s*(?:wrote|a [ée]crit|schrieb)\s*:"
    r"|\d{4}[-/]\d{1,2}[-/]\d{1,2}.{0,120}<[^<>\s]+@[^<>\s]+>\s*:",
    re.IGNORECASE | re.DOTALL,
)
_WROTE_ELSEWHERE = re.compile(
    "|".join(
        f"(?:{known['wrote_header']})"
        for language, known in sorted(constants.MAIL_LANGUAGES.items())
        if language in ("cs", "da", "ja", "ko", "pl", "sv", "zh")
    ),
    re.MULTILINE | re.IGNORECASE,
)
"""The heads of mail-parser-reply for the languages we have no rules of our own for."""
_VERB = re.compile("napsal|skrev|napisał|nadesłał|写道|작성|<[^<>]{3,80}>:", re.IGNORECASE)
_LONGEST_ELSEWHERE = 200
"""Its patterns take the square of a line's length: only short lines with the verb in them are shown to it."""
_FROM = re.compile(r"(?:from|de|von|da|van|exp[ée]diteur)\s*:", re.IGNORECASE)
_BLOCK = re.compile(
    r"(?:from|sent|date|to|cc|subject|reply-to|importance|attachments?"
    r"|de|envoy[ée]e?|[àa]|objet|copie|pi[èe]ces? jointes?|r[ée]pondre [àa]|destinataires?|exp[ée]diteur"
    r"|von|gesendet|an|betreff|datum|enviado|para|asunto|fecha|da|inviato|oggetto|data|van|verzonden|aan|onderwerp)"
    r"\s*:",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"-{2,}\s*(?:original message|message d['’ ]?\s?origine|urspr[üu]ngliche nachricht|mensaje original"
    r"|messaggio originale|reply message)\s*-{2,}",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"(?:-{2,}\s*)?(?:forwarded message|begin forwarded message|message transf[ée]r[ée]|d[ée]but du message"
    r"(?: transf[ée]r[ée]| r[ée]exp[ée]di[ée])?|weitergeleitete nachricht|mensaje reenviado)\b",
    re.IGNORECASE,
)
_FORWARDED_SUBJECT = re.compile(r"\s*(?:fwd?|tr|wg|rv|i)\s*:", re.IGNORECASE)
_RULE = re.compile(r"[_\-=]{20,}|\*\s?\*\s?\*")

# --- signatures --------------------------------------------------------------------------------------

_DASHES = re.compile(r"\\?-\\?-|—|_{2,}")
_SENT_FROM = re.compile(
    r"(?:sent from (?:my|mail|outlook|yahoo|samsung|proton)|sent via|get outlook for"
    r"|envoy[ée] (?:de|depuis|à partir de) (?:mon|ma|mail|outlook|yahoo|l['’])"
    r"|t[ée]l[ée]chargez? outlook|obtenir outlook|gesendet von|enviado desde|inviato da|verzonden vanaf)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:tr[èe]s |bien )?cordialement|bien à (?:vous|toi)|cdlt|(?:sinc[èe]res |meilleures )?salutations(?: distingu[ée]es)?"
    r"|(?:best|kind|warm|kindest) regards|regards|best wishes|yours (?:sincerely|faithfully|truly)|sincerely|cheers"
    r"|mit freundlichen gr[üu](?:ß|ss)en|saludos(?: cordiales)?|cordiali saluti)\s*[,.!]?",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"(?:(?:this|the) (?:e-?mail|message|communication)\b.{0,120}(?:confidential|intended|privileged)"
    r"|(?:ce|le pr[ée]sent) (?:message|courriel|e-?mail|courrier)\b.{0,160}(?:confidentiel|destin[ée]|exclusif)"
    r"|confidentiality (?:notice|note)|avis de confidentialit[ée])",
    re.IGNORECASE,
)
_MOST_SIGNED = 14


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as the rules see it."""

    text: str
    quoted: bool
    bare: str

    @property
    def blank(self) -> bool:
        return not self.bare


def fold(text: str, *, subject: str = "") -> tuple[str, str]:
    """The fresh part and the rest.

    >>> fold("Works now.\\n\\nOn Friday, Ada wrote:\\n> Does it?")
    ('Works now.', 'On Friday, Ada wrote:\\n> Does it?')
    """
    split = text.split("\n")
    lines = [_line(line) for line in split[:_MOST_LINES]]
    keep = [True] * len(lines)
    _fold_history(lines, keep, forwarded=_FORWARDED_SUBJECT.match(subject) is not None)
    if len(split) <= _MOST_LINES:
        _fold_signature(lines, keep)
    if not any(kept and _WORD.search(line.bare) for line, kept in zip(lines, keep, strict=True)):
        return text.strip("\n"), ""
    fresh = "\n".join(line.text for line, kept in zip(lines, keep, strict=True) if kept)
    rest = "\n".join(line.text for line, kept in zip(lines, keep, strict=True) if not kept)
    if len(split) > _MOST_LINES:
        # What follows belongs to what the last line looked at belongs to.
        after = "\n".join(split[_MOST_LINES:])
        fresh, rest = (f"{fresh}\n{after}", rest) if keep[-1] else (fresh, f"{rest}\n{after}")
    return fresh.strip("\n"), rest.strip("\n")


def _line(text: str) -> _Line:
    head = text[:_LONGEST_LINE].strip()
    return _Line(
        text=text,
        quoted=head.startswith((">", "&gt;")),
        bare=head.lstrip(_MARKS_BEFORE).rstrip(_MARKS_AFTER),
    )


# --- history -----------------------------------------------------------------------------------------


def _fold_history(lines: list[_Line], keep: list[bool], *, forwarded: bool) -> None:
    cut = _cut_line(lines)
    if cut is not None and _has_fresh(lines, 0, cut):
        # Above our own line everything is fresh but the head of what is quoted, below it nothing is.
        _drop(keep, _head_above(lines, cut), len(lines))
    else:
        start = _answered_from(lines, forwarded=forwarded)
        if start is not None:
            _drop(keep, start, len(lines))
    _fold_quotes(lines, keep, cut)


def _cut_line(lines: list[_Line]) -> int | None:
    return next((number for number, line in enumerate(lines) if _CUT.search(line.text[:_LONGEST_LINE])), None)


def _has_fresh(lines: list[_Line], begin: int, end: int) -> bool:
    """Whether somebody wrote something there: a word outside quotes and heads."""
    number = begin
    while number < end:
        line = lines[number]
        head = 0 if line.quoted else _head(lines, number)
        if head:
            number += head
            continue
        if not line.quoted and _WORD.search(line.bare):
            return True
        number += 1
    return False


def _head_above(lines: list[_Line], cut: int) -> int:
    """Where the history around our line begins: quoted and empty lines above it, and their head."""
    start = cut
    while start > 0 and (lines[start - 1].quoted or lines[start - 1].blank):
        start -= 1
    for back in range(1, 9):
        if start - back >= 0 and _head(lines, start - back) >= back:
            return start - back
    return start


def _answered_from(lines: list[_Line], *, forwarded: bool) -> int | None:
    """Where an answered message begins that is not marked line by line, None when there is none below something fresh."""
    number, fresh = 0, False
    while number < len(lines):
        line = lines[number]
        if line.quoted or line.blank:
            number += 1
            continue
        head = _head(lines, number)
        if _FORWARD.match(line.bare) or (head and forwarded):
            return None
        if head and fresh and not _answers_below(lines, number + head):
            while number > 0 and (lines[number - 1].blank or _RULE.fullmatch(lines[number - 1].text.strip())):
                number -= 1
            return number
        fresh = fresh or (not head and _WORD.search(line.bare) is not None)
        number += max(head, 1)
    return None


def _answers_below(lines: list[_Line], after: int) -> bool:
    """Whether quotes follow a head: then they are looked at line by line, for there may be answers between them."""
    first = next((at for at in range(after, len(lines)) if not lines[at].blank), None)
    return first is not None and lines[first].quoted


def _head(lines: list[_Line], number: int) -> int:
    """How many lines the head of an answered message takes that begins here, 0 when none does."""
    line = lines[number]
    if _SEPARATOR.match(line.bare):
        return 1 + _block(lines, _next(lines, number + 1))
    if _FROM.match(line.bare):
        return _block(lines, number)
    return _wrote(lines, number)


def _next(lines: list[_Line], number: int) -> int:
    while number < len(lines) and lines[number].blank:
        number += 1
    return number


def _block(lines: list[_Line], number: int) -> int:
    """Lines like "From: … / Sent: … / To: …" from here on: at least three, or none."""
    found, at, last = 0, number, number
    while at < min(len(lines), number + _LONGEST_BLOCK) and at - last <= 2:
        if _BLOCK.match(lines[at].bare):
            found += 1
            last = at
        at += 1
    return last - number + 1 if found >= 3 else 0


def _wrote(lines: list[_Line], number: int) -> int:
    """Lines like "On Friday, Ada wrote:", wrapped over up to four."""
    joined = ""
    for taken in range(1, 5):
        if number + taken > len(lines):
            return 0
        line = lines[number + taken - 1]
        if line.quoted or (line.blank and taken > 1):
            return 0
        joined = f"{joined} {line.bare}".strip()[:_LONGEST_LINE]
        if joined.endswith((":", "：")):
            return taken if _WROTE.fullmatch(joined) or _wrote_elsewhere(joined) else 0
    return 0


def _wrote_elsewhere(joined: str) -> bool:
    return (
        len(joined) <= _LONGEST_ELSEWHERE
        and _VERB.search(joined) is not None
        and _WROTE_ELSEWHERE.fullmatch(joined) is not None
    )


# --- quotes ------------------------------------------------------------------------------------------


def _fold_quotes(lines: list[_Line], keep: list[bool], cut: int | None) -> None:
    """Quotes after the last fresh word, and one before the first: an answer is above or below it. Others stay."""
    runs = _runs(lines, keep)
    if not runs:
        return
    first, last = runs[0], runs[-1]
    if not _has_fresh_kept(lines, keep, last[1], len(lines)) and _has_fresh_kept(lines, keep, 0, last[0]):
        _drop(keep, _with_head(lines, last[0]), last[1])
        if last is first:
            return
    elif len(runs) == 1 and not _has_fresh_kept(lines, keep, 0, first[0]):
        _drop(keep, _with_head(lines, first[0]), first[1])
    del cut


def _runs(lines: list[_Line], keep: list[bool]) -> list[tuple[int, int]]:
    """Where quoted lines stand, empty ones between them included."""
    found: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        if not (keep[number] and line.quoted):
            continue
        if found and all(lines[at].blank for at in range(found[-1][1], number)):
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found


def _has_fresh_kept(lines: list[_Line], keep: list[bool], begin: int, end: int) -> bool:
    signed = _signature_at(
        [line if kept else _EMPTY for line, kept in zip(lines, keep, strict=True)], begin, end
    )
    end = end if signed is None else signed
    return any(keep[at] for at in range(begin, end)) and _has_fresh(
        [line if kept else _EMPTY for line, kept in zip(lines, keep, strict=True)], begin, end
    )


_EMPTY = _Line(text="", quoted=False, bare="")


def _with_head(lines: list[_Line], start: int) -> int:
    """Where the head of a quote begins, if it has one."""
    at = start
    while at > 0 and lines[at - 1].blank:
        at -= 1
    for back in range(1, 9):
        if at - back >= 0 and _head(lines, at - back) >= back:
            return at - back
    return start


def _drop(keep: list[bool], begin: int, end: int) -> None:
    for at in range(begin, end):
        keep[at] = False


# --- signatures --------------------------------------------------------------------------------------


def _fold_signature(lines: list[_Line], keep: list[bool]) -> None:
    end = max((at + 1 for at, kept in enumerate(keep) if kept and not lines[at].blank), default=0)
    seen = [line if kept else _EMPTY for line, kept in zip(lines, keep, strict=True)]
    found = _signature_at(seen, 0, end)
    if found is not None and _has_fresh(seen, 0, found):
        _drop(keep, found, end)


def _signature_at(lines: list[_Line], begin: int, end: int) -> int | None:
    """Where the signature of a text begins. A closing such as "Regards," counts when little and nothing asked follows."""
    found: int | None = None
    following = 0
    for number in range(end - 1, begin - 1, -1):
        line = lines[number]
        dashes = _DASHES.fullmatch(line.text.strip()) is not None
        if line.blank and not dashes:
            continue
        if line.quoted or following > 4 * _MOST_SIGNED:
            break
        if (
            (dashes and number > 0)
            or _DISCLAIMER.match(line.bare)
            or (_SENT_FROM.match(line.bare) and (following <= 2 or found is not None))
            or (
                _CLOSING.fullmatch(line.bare)
                and _looks_signed(lines, number + 1, end if found is None else found)
            )
        ):
            found = number
        following += not line.blank
    return found


def _looks_signed(lines: list[_Line], begin: int, end: int) -> bool:
    following = [line for line in lines[begin:end] if not line.blank]
    return len(following) <= _MOST_SIGNED and all(
        len(line.text) <= 160 and not line.quoted and not line.bare.endswith("?") for line in following
    )
