"""What a report about a letter says: whom it did not reach, why, for good or for now, and which letter (RFC 3464, 3463)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from palier.mail.reader import addresses, charsets, headers
from palier.mail.reader.values import Reading

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:=]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
_MESSAGE_ID = re.compile(r"^[ \t]*(?:>\s*)?message-id:\s*(<[^<>\s]{1,990}>)", re.IGNORECASE | re.MULTILINE)
_MOST = 50
_LOOKED_AT = 200_000
_WORDED = re.compile(
    r"this is the qmail-send program|message that you sent could not be delivered|delivery (?:to|has failed)"
    r"|could not be delivered|couldn['’]t be delivered|delivery status notification \(failure\)|undeliver(?:able|ed)"
    r"|returned mail|failure notice|mail delivery failed|address not found|wasn['’]t delivered|recipient address rejected"
    r"|permanent (?:fatal )?errors?|échec de la remise|n['’]a pas pu être (?:remis|distribué|délivré)|non remis"
    r"|unzustellbar|konnte nicht zugestellt werden|no se pudo entregar|mailbox (?:is )?full|quota exceeded|user unknown"
    r"|unknown user|no such user",
    re.IGNORECASE,
)
_FOR_NOW = re.compile(
    r"will (?:be retried|keep trying|try again)|has been delayed|delayed|temporar|sera retenté|mailbox (?:is )?full"
    r"|over ?quota|quota exceeded|boîte (?:aux lettres )?pleine|warning message only",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"--.*(?:copy of (?:the|your )?\s?message|original message|returned message|message d['’]origine)"
    r"|original message headers|en-têtes du message d['’]origine|the following is a copy|received\s*:",
    re.IGNORECASE,
)
_LONGEST_LINE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One address that a letter did not reach: status like "5.1.1" ("" when not told), and the other server's words."""

    address: str
    status: str
    permanent: bool
    said: str


def standard(reading: Reading) -> tuple[tuple[Failure, ...], int]:
    """The failures of a delivery report, and how many recipients it tells other things of (delayed, delivered, relayed)."""
    failures: list[Failure] = []
    others = 0
    for part in reading.parts:
        if part.media_type != "message/delivery-status":
            continue
        for group in _groups(part.content):
            who = group.get("final-recipient") or group.get("original-recipient")
            if who is None or len(failures) >= _MOST:
                continue
            action = group.get("action", "").partition(";")[0].strip().lower()
            status = _STATUS.search(group.get("status", ""))
            if action != "failed" and not (action == "" and status is not None and status[1] != "2"):
                others += 1
                continue
            failures.append(_failure(who, status, group.get("diagnostic-code", "")))
    return tuple(failures), others


def _failure(who: str, status: re.Match[str] | None, diagnostic: str) -> Failure:
    said = diagnostic.partition(";")[2].strip() or diagnostic
    told = _STATUS.search(said)
    # Many servers put 5.0.0 where they know better in words.
    best = told if told is not None and (status is None or status[0].endswith(".0.0")) else status
    code = _CODE.search(said)
    permanent = best[1] == "5" if best is not None else code is None or code[1].startswith("5")
    return Failure(
        address=_address(who), status="" if best is None else best[0], permanent=permanent, said=said[:500]
    )


def _address(who: str) -> str:
    written = who.partition(";")[2].strip() if ";" in who else who.strip()
    return addresses.exact(written.strip("<> ")) or written.strip("<> ")[:320]


def _groups(content: bytes) -> list[dict[str, str]]:
    """The groups of fields of a report: of the message first, then of each recipient."""
    text, _ = charsets.decode(content[:_LOOKED_AT])
    made: list[dict[str, str]] = []
    for paragraph in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        group: dict[str, str] = {}
        for line in re.sub(r"\n[ \t]+", " ", paragraph).split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                group.setdefault(name.strip().lower(), value.strip())
        if group:
            made.append(group)
    return made


def original_id(reading: Reading) -> str:
    """The Message-ID of the letter a report is about: from the copy it carries, else from what it answers."""
    for part in reading.parts:
        if part.media_type in (
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/global-headers",
        ):
            for value in headers.split(part.content[:_LOOKED_AT]).values("message-id"):
                found = re.search(r"<[^<>\s]+>", headers.unfolded(value))
                if found is not None:
                    return found[0]
    found = _MESSAGE_ID.search(f"{reading.body}\n{reading.folded}"[:_LOOKED_AT])
    if found is not None:
        return found[1]
    return next(iter((*reading.in_reply_to, *reversed(reading.references))), "")


def original_of_receipt(reading: Reading) -> str:
    """The Message-ID of the letter whose reading is told (RFC 8098)."""
    for part in reading.parts:
        if part.media_type == "message/disposition-notification":
            for group in _groups(part.content):
                found = re.search(r"<[^<>\s]+>", group.get("original-message-id", ""))
                if found is not None:
                    return found[0]
    return original_id(reading)


def worded(reading: Reading) -> tuple[Failure, ...] | None:
    """The failures of a report in a program's own words (qmail, Exim, old Exchange); None when it is no report."""
    text = f"{reading.body}\n{reading.folded}"[:_LOOKED_AT]
    named = [one for one in re.split(r"[,\s]+", reading.header("x-failed-recipients")) if "@" in one]
    if not named and not _WORDED.search(f"{reading.subject}\n{text}"):
        return None
    told = _before_original(text)
    ours = {one.address.lower() for one in (*reading.to, *reading.from_)}
    found = named or [one for one in dict.fromkeys(_ADDRESS.findall(told)) if one.lower() not in ours]
    status = _STATUS.search(told)
    code = _CODE.search(told)
    if status is not None:
        permanent = status[1] == "5"
    elif code is not None:
        permanent = code[1].startswith("5")
    else:
        permanent = _FOR_NOW.search(told) is None
    said = next((line.strip() for line in told.split("\n") if status and status[0] in line), "") or next(
        (line.strip() for line in told.split("\n") if code and code[0] in line), ""
    )
    return tuple(
        Failure(
            address=addresses.exact(one.strip("<>")) or one,
            status="" if status is None else status[0],
            permanent=permanent,
            said=said[:500],
        )
        for one in found[:_MOST]
    )


def _before_original(text: str) -> str:
    """The report without the letter that some programs put below it."""
    kept: list[str] = []
    for line in text.split("\n"):
        if _ORIGINAL.match(line[:_LONGEST_LINE].strip()):
            break
        kept.append(line)
    return "\n".join(kept)
