"""The parts of a letter about a request, in the reader's words: why, what comes next, what is asked, what was answered.

Decisions are worded by `pages.verdict`, promises and waits by `pages.wording`: a letter says what the page says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from palier.core.programme import Binding, Programme, Wait
from palier.core.promises import State
from palier.mail.letters import frame, reading
from palier.mail.letters.parts import Answer, Ask, Cited, Due, Facts, File, Freeing, Line, Next, Press, Why
from palier.mail.letters.reading import MessageRead, TicketRead
from palier.mail.letters.voice import Voice
from palier.pages import markdown, severities, shown_files, ticket_view, verdict, wording
from palier.people.letters import link
from palier.programme import locales
from palier.services import queries as on_call
from palier.tickets import convert, drafts, holding_notices, patience, previewing
from palier.tickets.models import CommitmentRow, Status, Ticket

ENDED = (Status.RESOLVED, Status.CLOSED)


def address(voice: Voice, read: TicketRead) -> str:
    """Where the request stands, on the face that is the reader's."""
    return voice.link("portal:request" if voice.is_customer else "desk:ticket", number=read.number)


# --- why ---------------------------------------------------------------------------------------------


def why(voice: Voice, read: TicketRead) -> Why:
    """The decision in force: two words, its clauses, the facts, what holds it and who frees it, what it costs."""
    seen = verdict.kept_view(
        read.ticket.revision_id, read.decided, voice.speech, to_desk=not voice.is_customer
    )
    told, url = seen.told, address(voice, read)
    return Why(
        title=voice.say(en="The decision, and why", fr="La décision, et pourquoi"),
        tone=seen.tone,
        styles=frame.why_styles(seen.tone),
        badge=seen.badge,
        headline=told.headline,
        beside=_beside(seen.badge, told.headline),
        clauses=tuple(
            Cited(name=_clause(voice, one.id, one.ref), text=one.text, url=f"{url}#verdict")
            for one in told.clauses
        ),
        because=tuple((_capital(one.fact), one.value) for one in told.because),
        freeing=tuple(
            Freeing(
                name=one.name,
                how=voice.say(
                    en="Who can free it: {who}. {how}",
                    fr="Qui peut y remédier : {who}. {how}",
                    who=_lower(one.freed_by).rstrip("."),
                    how=one.how,
                ),
            )
            for one in told.gates
        ),
        said=(told.cost,) if told.cost else (),
        more=voice.say(en="Everything that was looked at", fr="Tout ce qui a été examiné"),
        url=f"{url}#verdict",
    )


def _clause(voice: Voice, id_: str, ref: str | None) -> str:
    if ref is None:
        return voice.say(en="Clause {id}", fr="Clause {id}", id=id_)
    return voice.say(en="Clause {id} ({ref})", fr="Clause {id} ({ref})", id=id_, ref=ref)


def _beside(badge: str, headline: str) -> str:
    """What stands beside the badge: the line without the words that the badge says."""
    if not headline.replace("\u00a0", " ").startswith(badge.replace("\u00a0", " ")):
        return headline
    return _capital(headline[len(badge) :].lstrip(" ,:\u00a0\u202f"))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


# --- what the desk knows it by -------------------------------------------------------------------------


def facts(voice: Voice, read: TicketRead) -> Facts:
    """Customer, severity, kind, product and place, for people of the vendor."""
    ticket, programme, speech = read.ticket, read.programme, voice.speech
    product = ticket_view.name(programme.products, ticket.product, speech)
    found = [
        (voice.say(en="Customer", fr="Client"), f"{ticket.organisation.name}, {ticket.author.name}"),
        (
            voice.say(en="Severity", fr="Gravité"),
            severities.severity_name(programme, ticket.severity, speech),
        ),
        (voice.say(en="About", fr="Objet"), ticket_view.name(programme.kinds, ticket.kind, speech)),
        (voice.say(en="Product", fr="Produit"), " ".join(one for one in (product, ticket.version) if one)),
        (
            voice.say(en="Environment", fr="Environnement"),
            ticket_view.name(programme.environments, ticket.environment, speech),
        ),
    ]
    title = voice.say(en="What it is about", fr="De quoi il s’agit")
    return Facts(title=title, rows=tuple((name, value) for name, value in found if value))


# --- what comes next ---------------------------------------------------------------------------------


def next_(voice: Voice, read: TicketRead, now: datetime, *, opened: bool, missing: bool) -> Next | None:
    """Promises that run, what stands still and why; with a request just opened, in which language it is answered."""
    ticket = read.ticket
    dues = tuple(_due(voice, read, one, now) for one in _running(ticket, read.promises))
    said = [*_standing(voice, read, missing=missing)]
    if opened and voice.is_customer:
        said += _reply_language(voice, read.programme, ticket)
    if voice.is_customer and ticket.critical:
        said += _paged(voice, ticket)
    if not dues and not said:
        return None
    return Next(title=voice.say(en="What comes next", fr="Et ensuite"), dues=dues, said=tuple(said))


def _running(ticket: Ticket, promises: tuple[CommitmentRow, ...]) -> Iterator[CommitmentRow]:
    """What is owed and has a due instant: what was missed and is not made good first."""
    if ticket.status in ENDED:
        return
    if ticket.breached and ticket.breached_at is not None:
        yield from (one for one in promises if one.breached_at == ticket.breached_at)
    running = [one for one in promises if one.state == State.RUNNING and one.due_at is not None]
    yield from sorted(running, key=lambda one: (one.due_at, one.commitment))


def _due(voice: Voice, read: TicketRead, row: CommitmentRow, now: datetime) -> Due:
    at = row.breached_at or row.due_at or now
    late = row.breached_at is not None or at <= now
    firm = reading.bindings(read.programme).get(row.clause, Binding.TARGET)
    what, when, there = wording.commitment(row.commitment), voice.when(at), voice.there(at, read.ticket.zone)
    binding = (
        voice.say(en="guaranteed", fr="garanti")
        if firm is Binding.GUARANTEE
        else voice.say(en="a target, not a guarantee", fr="un objectif, pas une garantie")
    )
    both = f"{when} ({there})" if there else when
    if late:
        said = voice.say(
            en="{what}: we are late. It was due {when}.",
            fr="{what} : nous sommes en retard. C’était prévu pour {when}.",
            what=what,
            when=both,
        )
    else:
        said = voice.say(
            en="{what}: before {when}; {firm}.",
            fr="{what} : avant {when} ; {firm}.",
            what=what,
            when=both,
            firm=binding,
        )
    return Due(what=what, when=when, there=there, binding=binding, late=late, sentence=said)


def _standing(voice: Voice, read: TicketRead, *, missing: bool) -> Iterator[str]:
    """Why no clock runs, where none does."""
    ticket = read.ticket
    if ticket.status == Status.HELD:
        yield voice.say(
            en="No clock runs while it is on hold.", fr="Aucun délai ne court tant que c’est en attente."
        )
    elif ticket.status == Status.NOT_COVERED:
        yield voice.say(
            en="It is not worked on here; the ways on are told below.",
            fr="Nous n’y travaillons pas ici ; les suites possibles sont indiquées dans ce message.",
        )
    elif ticket.status == Status.WAITING:
        if missing:
            yield voice.say(
                en="The clock starts as soon as what is asked for is there.",
                fr="Le délai commence à courir dès que ce qui est demandé est là.",
            )
        elif ticket.wait:
            yield _waits(voice, ticket.wait)
            paused = [
                wording.commitment(one.commitment) for one in read.promises if one.state == State.PAUSED
            ]
            if paused:
                yield voice.say(
                    en="The clock stands still meanwhile for: {what}.",
                    fr="Le délai s’arrête pendant ce temps pour : {what}.",
                    what=", ".join(_lower(one) for one in dict.fromkeys(paused)),
                )
    elif ticket.status == Status.RESOLVED:
        yield _until_reopened(voice, read)


def _waits(voice: Voice, wait: str) -> str:
    if voice.is_customer and wait == Wait.CONSENT:
        return voice.say(
            en="We wait for your choice and your agreement; nothing is billed before.",
            fr="Nous attendons votre choix et votre accord ; rien n’est facturé avant.",
        )
    if voice.is_customer and wait == Wait.CUSTOMER:
        return voice.say(en="We wait for your answer.", fr="Nous attendons votre réponse.")
    return f"{wording.wait_for(wait)}."


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _until_reopened(voice: Voice, read: TicketRead) -> str:
    """How long an answer takes it up again: said with its date where every promise of the programme agrees on it."""
    days = {one.reopening.within_days for one in read.programme.targets.values() if one.reopening is not None}
    if len(days) != 1 or read.ticket.resolved_at is None:
        return voice.say(
            en="If it comes back, answer this mail: we take it up again.",
            fr="Si cela revient, répondez à ce message : nous reprenons.",
        )
    (most,) = days
    last = _day_after(read.ticket.resolved_at, most, patience.contract_zone(read.ticket))
    return voice.say(
        en="If it comes back, answer this mail by {date}, that day included: we take it up again.",
        fr="Si cela revient, répondez à ce message jusqu’au {date} inclus : nous reprenons.",
        date=locales.long_date(last, voice.speech.locale),
    )


def _day_after(at: datetime, days: int, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)


def _paged(voice: Voice, ticket: Ticket) -> Iterator[str]:
    """That somebody was called for it, and when it was taken in hand."""
    found = on_call.paged(ticket.vendor_id, ticket.id)
    if found is None:
        return
    yield voice.say(
        en="The engineer on call was paged: {when}.",
        fr="La personne d’astreinte a été appelée : {when}.",
        when=voice.when(found.at),
    )
    if found.acknowledged_at is not None:
        yield voice.say(
            en="It was taken in hand: {when}.",
            fr="L’appel a été pris en charge : {when}.",
            when=voice.when(found.acknowledged_at),
        )


def _reply_language(voice: Voice, programme: Programme, ticket: Ticket) -> Iterator[str]:
    """In which language it is answered, where that is another than it was written in."""
    reply = previewing.reply_language(programme, ticket.language)
    if reply == ticket.language.partition("-")[0]:
        return
    names: Mapping[str, str] = {
        "en": voice.say(en="English", fr="anglais"),
        "fr": voice.say(en="French", fr="français"),
    }
    yield voice.say(
        en="You may write in your own language. We answer in {language}.",
        fr="Vous pouvez écrire dans votre langue. Nous répondons en {language}.",
        language=names.get(reply, reply),
    )


# --- what is asked -----------------------------------------------------------------------------------


def missing(read: TicketRead) -> tuple[str, ...]:
    """The fields still asked for before the clock starts, and product or environment where that holds it."""
    if not read.ticket.is_open:
        return ()
    required = drafts.missing(read.programme, drafts.of_ticket(read.ticket))
    if read.ticket.status != Status.HELD:
        return required
    decision = convert.decision_from_text(read.decided)
    held = holding_notices.unsaid(read.ticket, read.programme, decision)
    return tuple(dict.fromkeys((*required, *held)))


def ask_missing(voice: Voice, read: TicketRead, names: tuple[str, ...]) -> Ask:
    """What is missing, as lines that an answer by mail fills in."""
    return Ask(
        title=voice.say(en="What we need from you", fr="Ce qu’il nous faut"),
        said=(
            voice.say(
                en="Answer this mail with these lines filled in, or fill them in on the portal.",
                fr="Répondez à ce message en complétant ces lignes, ou complétez-les sur le portail.",
            ),
        ),
        lines=tuple(_line(voice, read.programme, name) for name in names),
        presses=(
            Press(
                words=voice.say(en="Fill in on the portal", fr="Compléter sur le portail"),
                url=address(voice, read),
            ),
        ),
    )


def _line(voice: Voice, programme: Programme, name: str) -> Line:
    hint, speech = "", voice.speech
    if name == "product":
        hint = ", ".join(speech.text(one.name) for id_, one in programme.products.items() if id_ != "none")
    elif name == "environment":
        hint = ", ".join(speech.text(one) for id_, one in programme.environments.items() if id_ != "none")
    elif (field := programme.fields.get(name)) is not None:
        hint = speech.text(field.hint)
    label = severities.field_name(programme, name, speech)
    return Line(label=f"{label}\u00a0:" if speech.language == "fr" else f"{label}:", hint=hint)


# --- what was answered -------------------------------------------------------------------------------


def answer(voice: Voice, message: MessageRead) -> Answer:
    """What a person wrote, whole, with its files as links to the portal."""
    rendered = markdown.message(message.id, message.body)
    html = str(rendered.filled(markdown.Refers(quoted=lambda _count: voice.say(en="Quoted", fr="Cité"))))
    files = shown_files.told(message.files, voice.speech)
    return Answer(
        title=voice.say(en="The answer", fr="La réponse"),
        who=message.who or voice.vendor.name,
        when=voice.when(message.at),
        language=message.language if message.language != voice.speech.language else "",
        html=html.replace("<pre>", '<pre style="white-space:pre-wrap;overflow-wrap:anywhere">'),
        text=message.body.strip(),
        files=tuple(
            File(
                name=one.name,
                size=one.size,
                url=link(voice.vendor, "files:file", file_id=one.id) if one.url else "",
                said=one.said,
            )
            for one in files
        ),
        files_title=voice.say(en="Files, on the portal", fr="Fichiers, sur le portail"),
    )
