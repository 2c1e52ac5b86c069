"""An estimate in words: the sentence that is shown before somebody says yes or no, and that is kept with the answer."""

from __future__ import annotations

from palier.contracts import queries as contracts
from palier.people.models import Contact
from palier.programme import locales, phrases
from palier.tickets import ways
from palier.tickets.funding import Shown
from palier.tickets.models import Estimate
from palier.tickets.pricing import LABOUR


def shown(row: Estimate, text: str, contact: Contact, language: str = "") -> Shown:
    """What was shown: the page's own words in `language`, else this sentence in the contact's own."""
    language = "fr" if (language or contact.language).startswith("fr") else "en"
    return Shown(text=text.strip() or words(row, language), language=language)


def words(estimate: Estimate, language: str) -> str:
    """An estimate as a sentence: time, amount without tax, where the time is taken from, what comes beside it."""
    programme = contracts.programme(estimate.ticket.revision_id)
    spoken = phrases.speak(programme, language=language)
    time = ways.time_words(estimate.minutes)
    total = locales.money(estimate.amount, estimate.currency, spoken.locale)
    beside = [line for line in estimate.lines if line["kind"] != LABOUR]
    extra = spoken.one_after_another(
        f"{line['text'] or spoken.say(**_EXTRA_WORDS[line['kind']])} "
        f"{locales.money(line['amount'], estimate.currency, spoken.locale)}"
        for line in beside
    )
    with_extra = f" ({extra})" if extra else ""
    if not estimate.minutes:
        return spoken.say(
            en=f"Estimate {estimate.number}: {total} without tax{with_extra}.",
            fr=f"Estimation {estimate.number} : {total} hors taxes{with_extra}.",
        )
    if not estimate.allowance:
        return spoken.say(
            en=f"Estimate {estimate.number}: {time} of work, {total} without tax{with_extra}.",
            fr=f"Estimation {estimate.number} : {time} de travail, {total} hors taxes{with_extra}.",
        )
    name = ways.account_name(spoken, estimate.allowance)
    before = ways.time_words(estimate.balance_before or 0)
    after = ways.time_words(max(estimate.balance_after or 0, 0))
    billed = spoken.say(
        en=f" Billed besides: {total} without tax{with_extra}.",
        fr=f" Facturé en plus : {total} hors taxes{with_extra}.",
    )
    return spoken.say(
        en=f"Estimate {estimate.number}: {time}, taken from {name}: {before} now, {after} after.",
        fr=f"Estimation {estimate.number} : {time}, pris sur {name} : {before} maintenant, {after} ensuite.",
    ) + (billed if estimate.amount else "")


_EXTRA_WORDS = {
    "travel": {"en": "travel", "fr": "déplacement"},
    "lodging": {"en": "lodging", "fr": "hébergement"},
    "other": {"en": "other", "fr": "autre"},
}
