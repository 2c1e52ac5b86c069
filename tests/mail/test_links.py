"""A link lets one person do one thing once, while it stands as the letter said."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings as site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tickets import moneyed, personas
from tests.tickets.personas import World, at

from palier.contracts import caps, naming
from palier.mail import links, tokens
from palier.mail.links import Deed, Gone, Purpose, Reason, Said
from palier.mail.models import ActionLink
from palier.people import tenancy
from palier.people.access import Refused, Viewer
from palier.people.models import Contact, Vendor
from palier.tickets import choosing, estimating, holding, merging, opening, rating, reopening
from palier.tickets.models import Choice, Consent, Estimate, Rating, Ticket
from palier.tickets.problems import CannotDo

THURSDAY, LATER = at("2026-07-09 14:00"), at("2026-07-10 14:00")


def token_of(url: str) -> str:
    assert url.startswith("https://acme.example/act/")
    return url.rpartition("/")[2]


def estimate(world: World, ticket: Ticket, minutes: int = 170) -> Estimate:
    return estimating.estimate(
        by=Viewer.staff(world.agent),
        ticket=ticket,
        way="hourly-quote",
        minutes=minutes,
        text="Voici ce qu’il faut.",
        now=THURSDAY,
    )


def estimated(world: World) -> Ticket:
    ticket = opening.open_ticket(
        by=world.customer, draft=moneyed.asked("how-to", way="hourly-quote", way_text="Lu."), now=THURSDAY
    )
    estimate(world, ticket)
    return Ticket.objects.get(id=ticket.id)


def made(
    world: World,
    ticket: Ticket,
    purpose: Purpose = Purpose.AGREE,
    *,
    contact: Contact | None = None,
    way: str = "",
    language: str = "fr",
    now: datetime = THURSDAY,
) -> str:
    return token_of(
        links.make(
            purpose=purpose,
            contact=contact or world.contact,
            ticket=ticket,
            language=language,
            way=way,
            now=now,
        )
    )


def reason(token: str, now: datetime = LATER) -> Reason:
    with pytest.raises(Gone) as gone:
        links.look(token, now)
    return gone.value.reason


@pytest.fixture
def world(within: UUID) -> World:
    return moneyed.solidxperts(within, seats=8, authorise=True)


# --- making -----------------------------------------------------------------------------------------


def test_only_the_hash_of_a_token_is_kept(world: World) -> None:
    token = made(world, estimated(world))
    assert len(token) == tokens.LENGTH
    row = ActionLink.objects.get()
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert all(token not in str(value) for value in row.__dict__.values())
    assert row.text.startswith("Estimation 1")
    assert "hors taxes" in row.text
    assert row.text_hash == hashlib.sha256(row.text.encode()).hexdigest()
    assert (row.amount, row.currency, row.language) == (Estimate.objects.get().amount, "CAD", "fr")
    assert row.expires_at == THURSDAY + timedelta(days=14)


def test_a_newer_link_replaces_the_same_persons_older_one_and_nobody_elses(world: World) -> None:
    ticket = estimated(world)
    naming.name_user(by=world.machine, contract=world.contract, contact=world.colleague, now=THURSDAY)
    naming.name_user(by=world.machine, contract=world.contract, contact=world.contact, now=THURSDAY)
    first, other = made(world, ticket), made(world, ticket, contact=world.colleague)
    second = made(world, ticket)
    assert reason(first) is Reason.NEWER
    assert links.look(second, LATER).viewer.contact_id == world.contact.id
    assert links.look(other, LATER).viewer.contact_id == world.colleague.id


def test_no_link_is_made_for_what_one_may_not_answer(world: World) -> None:
    ticket = estimated(world)
    with pytest.raises(Gone, match="not-yours"):
        made(world, ticket, contact=world.colleague)
    with pytest.raises(Gone, match="ended"):
        made(world, ticket, Purpose.RATE)
    with pytest.raises(ValueError, match="what stands is"):
        links.make(
            purpose=Purpose.AGREE, contact=world.contact, ticket=ticket, language="fr", amount=1, currency="CAD", now=LATER
        )  # fmt: skip
    assert not ActionLink.objects.exists()


# --- looking and acting -----------------------------------------------------------------------------


def test_a_yes_is_kept_with_the_words_of_the_letter_and_works_once(world: World) -> None:
    ticket = estimated(world)
    token = made(world, ticket)
    before = list(ActionLink.objects.values())
    assert links.look(token, LATER).matter.estimate is not None
    assert list(ActionLink.objects.values()) == before, "looking changes nothing"
    links.act(token, deed=Deed.AGREE, now=LATER)
    consent, link = Consent.objects.get(), ActionLink.objects.get()
    assert (consent.agreed, consent.contact_id, consent.at) == (True, world.contact.id, LATER)
    assert (consent.text, consent.text_hash, consent.language) == (link.text, link.text_hash, "fr")
    assert (consent.amount, consent.currency) == (link.amount, link.currency)
    assert (link.used_at, link.deed) == (LATER, "agree")
    assert reason(token) is Reason.USED
    with pytest.raises(Gone, match="used"):
        links.act(token, deed=Deed.AGREE, now=LATER)
    assert Consent.objects.count() == 1


def test_a_no_says_why_and_what_is_refused_leaves_the_link_as_it_was(world: World) -> None:
    token = made(world, estimated(world))
    with pytest.raises(CannotDo):
        links.act(token, deed=Deed.DECLINE, said=Said(words="  "), now=LATER)
    assert ActionLink.objects.get().used_at is None
    links.act(token, deed=Deed.DECLINE, said=Said(words="Trop cher."), now=LATER)
    assert not Consent.objects.get().agreed
    assert reason(token) is Reason.USED


def test_a_link_does_only_what_it_is_for(world: World) -> None:
    token = made(world, estimated(world))
    for deed in (Deed.RATE, Deed.CHOOSE, Deed.ADOPT):
        with pytest.raises(ValueError, match="does not"):
            links.act(token, deed=deed, now=LATER)
    assert not Consent.objects.exists()


def test_it_ends(world: World) -> None:
    token = made(world, estimated(world))
    end = THURSDAY + links.GOOD_FOR
    links.look(token, end - timedelta(microseconds=1))
    assert reason(token, end) is Reason.EXPIRED
    with pytest.raises(Gone, match="expired"):
        links.act(token, deed=Deed.AGREE, now=end)


def test_what_was_answered_elsewhere_is_not_answered_again(world: World) -> None:
    ticket = estimated(world)
    token = made(world, ticket)
    row = Estimate.objects.get()
    estimating.agree(by=world.customer, ticket=ticket, estimate=row, text="", now=LATER)
    assert reason(token) is Reason.ANSWERED
    with pytest.raises(Gone, match="answered"):
        links.act(token, deed=Deed.DECLINE, said=Said(words="Non."), now=LATER)


def test_a_newer_estimate_voids_it(world: World) -> None:
    ticket = estimated(world)
    token = made(world, ticket)
    estimate(world, ticket, 600)
    assert reason(token) is Reason.REPLACED
    assert not Consent.objects.exists()


def test_a_closed_request_voids_it(world: World) -> None:
    ticket = estimated(world)
    token = made(world, ticket)
    reopening.close(by=world.customer, ticket=ticket, now=LATER, reason="Plus besoin.")
    assert reason(token) is Reason.ENDED


def test_a_merged_request_voids_it(world: World) -> None:
    into = opening.open_ticket(by=world.customer, draft=moneyed.asked("how-to"), now=THURSDAY)
    ticket = opening.open_ticket(by=world.customer, draft=moneyed.asked("how-to"), now=THURSDAY)
    token = made(world, ticket, Purpose.CHOOSE, way="grace-call")
    links.look(token, LATER)
    merging.merge(by=Viewer.staff(world.manager), ticket=ticket, into=into, now=LATER)
    assert reason(token) is Reason.ENDED


def test_who_may_no_longer_agree_does_not(world: World) -> None:
    ticket = estimated(world)
    token = made(world, ticket)
    naming.swap_contact(
        by=world.machine, contract=world.contract, out=world.contact, replacement=world.colleague, now=LATER
    )
    after = LATER + timedelta(minutes=1)
    assert reason(token, after) is Reason.NOT_YOURS
    with pytest.raises(Gone, match="not-yours"):
        links.act(token, deed=Deed.AGREE, now=after)
    assert links.look(made(world, ticket, contact=world.colleague, now=after), after)


def test_who_was_removed_does_nothing_any_more(world: World) -> None:
    ticket = estimated(world)
    token = made(world, ticket)
    Contact.objects.filter(id=world.contact.id).update(removed_at=LATER)
    assert reason(token) is Reason.NOT_YOURS


def test_who_no_longer_sees_the_request_does_nothing(world: World) -> None:
    ticket = estimated(world)
    token = made(world, ticket)
    Ticket.objects.filter(id=ticket.id).update(author=world.colleague)
    Contact.objects.filter(id=world.contact.id).update(sees_colleagues=False)
    assert reason(token) is Reason.NOT_YOURS


def test_words_or_amounts_that_changed_void_it(world: World) -> None:
    token = made(world, estimated(world))
    ActionLink.objects.update(stands_hash="0" * 64)
    assert reason(token) is Reason.CHANGED


def test_above_the_cap_a_yes_needs_signing_in_and_a_no_does_not(world: World) -> None:
    caps.set_cap(
        by=world.customer,
        contract=world.contract,
        per_request_amount=10_000,
        currency="CAD",
        approvers=[world.contact],
        now=THURSDAY - timedelta(hours=1),
    )
    ticket = estimated(world)
    token = made(world, ticket)
    assert links.look(token, LATER).matter.sign_in
    with pytest.raises(Refused, match="above-cap-by-link"):
        links.act(token, deed=Deed.AGREE, now=LATER)
    assert not Consent.objects.exists()
    assert ActionLink.objects.get().used_at is None
    links.act(token, deed=Deed.DECLINE, said=Said(words="Non."), now=LATER)
    assert not Consent.objects.get().agreed


# --- the other purposes -----------------------------------------------------------------------------


def test_a_way_is_chosen_at_the_price_and_balance_that_were_shown(world: World) -> None:
    tickets = [
        opening.open_ticket(by=world.customer, draft=moneyed.asked("how-to"), now=THURSDAY) for _ in range(2)
    ]
    first, second = (made(world, one, Purpose.CHOOSE, way="grace-call", language="en") for one in tickets)
    links.act(first, deed=Deed.CHOOSE, now=LATER)
    choice = Choice.objects.get()
    assert (choice.way, choice.contact_id, choice.text) == (
        "grace-call",
        world.contact.id,
        ActionLink.objects.get(token_hash=tokens.digest(first)).text,
    )
    assert reason(second) is Reason.CHANGED, "one is left where the letter said two"
    assert reason(first) is Reason.USED


def test_a_way_chosen_meanwhile_voids_the_links_to_the_others(world: World) -> None:
    ticket = opening.open_ticket(by=world.customer, draft=moneyed.asked("how-to"), now=THURSDAY)
    call, incident = (made(world, ticket, Purpose.CHOOSE, way=way) for way in ("grace-call", "incident"))
    links.look(call, LATER)
    links.act(incident, deed=Deed.CHOOSE, now=LATER)
    assert Consent.objects.get().amount == 19_500
    assert reason(call) in (Reason.ANSWERED, Reason.REPLACED)
    standing = choosing.standing(ticket)
    assert standing is not None
    assert standing.choice.way == "incident"


def test_no_link_is_made_to_a_way_that_is_not_open(world: World) -> None:
    ticket = opening.open_ticket(by=world.customer, draft=moneyed.asked("how-to"), now=THURSDAY)
    with pytest.raises(Gone, match="changed"):
        made(world, ticket, Purpose.CHOOSE, way="no-such-way")


def resolved(world: World) -> Ticket:
    ticket = opening.open_ticket(
        by=world.customer, draft=moneyed.asked("how-to", way="grace-call", way_text="Lu."), now=THURSDAY
    )
    return reopening.resolve(
        by=Viewer.staff(world.agent), ticket=ticket, now=THURSDAY, message="Par le menu Édition."
    )


def test_a_rating_can_be_changed_while_its_link_lives(world: World) -> None:
    ticket = resolved(world)
    token = made(world, ticket, Purpose.RATE)
    links.act(token, deed=Deed.RATE, said=Said(score=4), now=LATER)
    assert links.look(token, LATER).matter.score == 4
    links.act(token, deed=Deed.RATE, said=Said(score=2, words="Lent."), now=LATER + timedelta(hours=1))
    assert [(one.score, one.words) for one in rating.latest(ticket)] == [(2, "Lent.")]
    with pytest.raises(CannotDo, match="no-score"):
        links.act(token, deed=Deed.RATE, said=Said(score=6), now=LATER)
    assert Rating.objects.count() == 2
    assert reason(token, THURSDAY + links.RATING_GOOD_FOR) is Reason.EXPIRED


def test_a_newer_link_to_rate_replaces_one_that_was_used(world: World) -> None:
    ticket = resolved(world)
    first = made(world, ticket, Purpose.RATE)
    links.act(first, deed=Deed.RATE, said=Said(score=4), now=LATER)
    second = made(world, ticket, Purpose.RATE, now=LATER)
    assert reason(first) is Reason.NEWER
    assert links.look(second, LATER).matter.score == 4


def test_what_is_taken_up_again_is_not_rated(world: World) -> None:
    ticket = resolved(world)
    token = made(world, ticket, Purpose.RATE)
    reopening.reopen(by=world.customer, ticket=ticket, now=LATER, body="Encore.")
    assert reason(token) is Reason.ENDED


@pytest.mark.parametrize("deed", [Deed.ADOPT, Deed.DECLINE])
def test_a_colleagues_request_is_taken_over_or_not(within: UUID, deed: Deed) -> None:
    world = personas.horizant(within)
    by = Viewer.customer(world.colleague)
    ticket = opening.open_ticket(by=by, draft=personas.deviation(), now=THURSDAY)
    token, other = (made(world, ticket, Purpose.ADOPT, now=now) for now in (THURSDAY, LATER))
    assert reason(token) is Reason.NEWER
    if deed is Deed.DECLINE:
        with pytest.raises(CannotDo, match="no-reason"):
            links.act(other, deed=deed, now=LATER)
    links.act(other, deed=deed, said=Said(words="Pas chez nous."), now=LATER)
    ticket.refresh_from_db()
    assert ticket.status == ("new" if deed is Deed.ADOPT else "closed")
    assert (ticket.adopted_by_id == world.contact.id) is (deed is Deed.ADOPT)
    assert reason(other) is Reason.USED


def test_a_request_adopted_in_the_portal_is_not_declined_by_a_link(within: UUID) -> None:
    world = personas.horizant(within)
    ticket = opening.open_ticket(
        by=Viewer.customer(world.colleague), draft=personas.deviation(), now=THURSDAY
    )
    token = made(world, ticket, Purpose.ADOPT)
    holding.adopt(by=world.customer, ticket=ticket, now=LATER)
    assert reason(token) is Reason.ANSWERED


# --- tokens -----------------------------------------------------------------------------------------


def test_another_vendors_link_is_none_here(vendor: Vendor) -> None:
    from palier.people import actions as people

    with tenancy.vendor(vendor.id):
        world = moneyed.solidxperts(vendor.id, seats=8, authorise=True)
        token = made(world, estimated(world))
        assert links.look(token, LATER)
    other = people.add_vendor(
        slug="other", name="Other", prefix="OTH", zone="Europe/Paris", address="https://other.example/", now=THURSDAY
    )  # fmt: skip
    with tenancy.vendor(other.id):
        assert reason(token) is Reason.UNKNOWN
        with pytest.raises(Gone, match="unknown"):
            links.act(token, deed=Deed.AGREE, now=LATER)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True))
@pytest.mark.django_db
def test_any_other_text_is_no_link(vendor: Vendor, text: str) -> None:
    with tenancy.vendor(vendor.id):
        assert reason(text) is Reason.UNKNOWN


@given(around=st.sampled_from(["{}", "({})", "<{}>", '"{}"', "{}?language=fr", "> {} ", "{}/", "{},"]))
def test_no_token_stays_in_what_is_masked(around: str) -> None:
    token = "Ab-_" * 10 + "xyz"
    for place in (
        "https://a.example/act/",
        "https://a.example/acme/act/",
        "https%3A%2F%2Fa.example%2Fact%2F",
    ):
        assert token[:20] not in tokens.masked(around.format(place + token))
        assert token[:20] not in tokens.masked(around.format(place + token[:30]))
    assert tokens.masked("It works, /act/ion or not") == "It works, /act/… or not"
    assert tokens.masked("Nothing of ours") == "Nothing of ours"


def test_a_letter_that_waits_has_no_token_and_is_sent_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = links.make(
        purpose=Purpose.AGREE, contact=world.contact, ticket=estimated(world), language="fr", now=THURSDAY
    )
    letter = f'<a href="{url}">Répondre</a> ou {url}.'
    kept = links.put_away(letter)
    assert token_of(url) not in kept
    assert kept.count("/act/link:") == 2
    assert links.taken_out(kept) == letter
    assert reason(kept.split("/act/")[1].split('"')[0]) is Reason.UNKNOWN
    before = site.SECRET_KEY
    monkeypatch.setattr(site, "SECRET_KEY", "another key " * 5)
    monkeypatch.setattr(site, "SECRET_KEY_FALLBACKS", [before])
    assert links.taken_out(kept) == letter
    monkeypatch.setattr(site, "SECRET_KEY_FALLBACKS", [])
    assert token_of(url) not in links.taken_out(kept)
