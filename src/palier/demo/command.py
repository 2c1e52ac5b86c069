"""`palier demo`: five vendors in the browser, by one command. Run again it keeps what is there; `--reset` starts over."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from palier.demo import marker, running, web
from palier.demo.marker import State
from palier.programme import problems
from palier.programme.problems import Said, said
from palier.site import database, environment
from palier.site.refusals import Refused

if TYPE_CHECKING:
    from palier.demo import stories
    from palier.demo.passwords import Passwords

DEFAULT_PORT = 8000
FINE = 0
ROLES = {
    "contact": said(en="customer", fr="client"),
    "administrator": said(en="customer, administrator", fr="client, administrateur"),
    "agent": said(en="vendor, agent", fr="éditeur, agent"),
    "finance": said(en="vendor, finance", fr="éditeur, finances"),
    "account-manager": said(en="vendor, account manager", fr="éditeur, gestionnaire de compte"),
    "manager": said(en="vendor, manager", fr="éditeur, responsable"),
}


class _Stopped(BaseException):
    """SIGTERM: end in order."""


class Shown:
    """What the demonstration says while it works: one line a stage, and a count where somebody watches."""

    def __init__(self, out: TextIO, lang: str) -> None:
        self._out = out
        self._lang = lang
        self._watched = out.isatty()

    def in_language(self, words: Said) -> str:
        """The words in the reader's language."""
        return problems.in_language(words, self._lang)

    def say(self, en: str, fr: str) -> None:
        """One line."""
        self.line(self.in_language(said(en=en, fr=fr)))

    def line(self, text: str = "") -> None:
        """One line as it is."""
        self._out.write(text + "\n")
        self._out.flush()

    def count(self, name: str, done: int, of: int) -> None:
        """How far it is: written over itself on a terminal, every quarter elsewhere."""
        what = name or self.in_language(said(en="events told", fr="événements racontés"))
        if self._watched:
            self._out.write(f"\r  {done}/{of} {what:<24}" + ("\n" if done == of else ""))
        elif done == of or (done * 4 // of) != ((done - 1) * 4 // of):
            self._out.write(f"  {done}/{of} {what}\n")
        self._out.flush()


def run(*, reset: bool, port: int | None, lang: str, out: TextIO, scale: int | None = None) -> int:
    """Show the product until Ctrl-C; with `scale`, first let Northern have so many tickets.

    Raises Refused for a port that is taken and a database that is not its own.
    """
    shown = Shown(out, lang)
    at = port if port is not None else DEFAULT_PORT
    running.require_port(at)
    os.environ["PALIER_DEMO"] = "yes"
    found = environment.read()
    try:
        with _stopped_by_sigterm():
            _show(found, shown, reset=reset, port=at, scale=scale)
    except _Stopped:
        shown.say(en="stopped", fr="arrêté")
    except KeyboardInterrupt:
        shown.line()
        shown.say(
            en="stopped; the data is kept, `palier demo` goes on with it",
            fr="arrêté ; les données sont gardées, `palier demo` les reprend",
        )
        raise
    return FINE


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    def received(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise _Stopped

    before = signal.signal(signal.SIGTERM, received)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _show(found: environment.Environment, shown: Shown, *, reset: bool, port: int, scale: int | None) -> None:
    shown.say(en="starting the database …", fr="démarrage de la base de données …")
    with database.available(found) as (app_url, owner_url):
        if owner_url is None:
            raise Refused(
                en="the demonstration makes its own tables: set DATABASE_OWNER_URL too",
                fr="la démonstration crée ses tables : renseignez aussi DATABASE_OWNER_URL",
            )
        database.prepare(owner_url, app_url)
        with marker.alone(owner_url) as alone:
            _empty_if_asked(owner_url, app_url, shown, reset=reset)
            base = f"http://{web.ADDRESS}:{port}/"
            told, known = _filled(owner_url, found.data, base, shown)
            if scale is not None:
                _scale(owner_url, scale, shown)
            shown.say(en="starting web server and worker …", fr="démarrage du serveur web et du worker …")
            from palier.demo import mail

            mail_port = mail.free_port()
            with running.children(port, found.data / "demo.log", mail_port=mail_port) as children:
                _print(told, known, base, found.data, shown)
                _print_mail(told, mail_port, shown)
                children.watch(alone.keep)


def _empty_if_asked(owner_url: str, app_url: str, shown: Shown, *, reset: bool) -> None:
    """What was asked to start over, and what a killed run left half full, is emptied; anything foreign is refused."""
    state = marker.state(owner_url)
    if state is State.FOREIGN:
        raise marker.foreign()
    if state is State.UNFINISHED:
        shown.say(
            en="the last run was interrupted while it filled the database: starting over",
            fr="la dernière exécution a été interrompue pendant le remplissage : on repart de zéro",
        )
    if state is State.UNFINISHED or (reset and state is State.FILLED):
        marker.empty(owner_url)
        database.prepare(owner_url, app_url)


def _filled(
    owner_url: str, data: Path, base: str, shown: Shown
) -> tuple[tuple[stories.Vendor, ...], Passwords]:
    """The tables up to date and filled, the files browsers keep gathered; what was told, and the passwords."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palier.site.settings")
    import django

    django.setup()
    if database.unapplied():
        shown.say(en="making the tables …", fr="création des tables …")
        database.migrate()
    database.verify()
    from django.db import connections

    from palier.demo import mail, seed
    from palier.demo import stories as reading
    from palier.site import static

    # Compressing the files takes a core for a while, filling the database mostly waits for it.
    with futures.ThreadPoolExecutor(max_workers=1) as beside:
        gathered = beside.submit(static.collect)
        told = reading.all_vendors()
        if marker.state(owner_url) is State.EMPTY:
            known = _fill(told, data, base, shown)
        else:
            known = _kept(told, data, shown)
            seed.move(base)
        mail.give_addresses(told, now=datetime.now(UTC))
        gathered.result()
    connections.close_all()
    return told, known


def _scale(owner_url: str, count: int, shown: Shown) -> None:
    """Northern with very many tickets, and how fast they were written."""
    from django.db import connections

    from palier.demo import scale

    shown.say(
        en=f"Northern gets {count:,} tickets …",
        fr=f"Northern reçoit {_grouped(count)} tickets …",
    )
    name = shown.in_language(said(en="tickets", fr="tickets"))
    begun = time.monotonic()
    added = scale.scale(
        owner_url=owner_url,
        count=count,
        now=datetime.now(UTC),
        progress=lambda done, of: shown.count(name, done, of),
    )
    took = time.monotonic() - begun
    connections.close_all()
    if not added:
        shown.say(en="it has as many already", fr="il en a déjà autant")
        return
    rate = round(added / took)
    shown.say(
        en=f"{added:,} tickets in {took:.0f} s: {rate:,} a second",
        fr=f"{_grouped(added)} tickets en {took:.0f} s\u00a0: {_grouped(rate)} par seconde",
    )


def _grouped(number: int) -> str:
    """A whole number as French writes it: thousands parted by narrow spaces."""
    return f"{number:,}".replace(",", "\u202f")


def _fill(told: tuple[stories.Vendor, ...], data: Path, base: str, shown: Shown) -> Passwords:
    from palier.demo import passwords, seed

    shown.say(
        en="five vendors, their customers and the last weeks …",
        fr="cinq éditeurs, leurs clients et les dernières semaines …",
    )
    made = passwords.make(one.slug for one in told)
    passwords.keep(data, made)
    now = datetime.now(UTC)
    seed.fill(
        told=told,
        passwords=made,
        base=base,
        day=now.date(),
        now=now,
        progress=shown.count,
    )
    return made


def _kept(told: tuple[stories.Vendor, ...], data: Path, shown: Shown) -> Passwords:
    """The passwords of last time; new ones when the file was lost."""
    from palier.demo import passwords, seed

    kept = passwords.kept(data, [one.slug for one in told])
    if kept is not None:
        return kept
    shown.say(
        en="the file with the passwords is gone: making new ones …",
        fr="le fichier des mots de passe a disparu : on en fait de nouveaux …",
    )
    made = passwords.make(one.slug for one in told)
    passwords.keep(data, made)
    seed.give_passwords(told, made)
    return made


def _print(told: tuple[stories.Vendor, ...], known: Passwords, base: str, data: Path, shown: Shown) -> None:
    """The addresses, and who signs in with what."""
    from palier.demo import cast, passwords, seed

    word = shown.in_language(said(en="password", fr="mot de passe"))
    for vendor in told:
        shown.line()
        shown.line(f"{seed.address(base, vendor.slug)}   {word}: {known[vendor.slug]}")
        for one in cast.sign_ins(vendor):
            who = f"{one.name}, {one.organisation}" if one.organisation else one.name
            shown.line(f"  {one.email:<46} {shown.in_language(ROLES[one.role])} ({who})")
    shown.line()
    shown.say(
        en=f"Five vendors at {base} · these passwords are kept in {passwords.path(data)}",
        fr=f"Cinq éditeurs à l’adresse {base} · ces mots de passe sont gardés dans {passwords.path(data)}",
    )
    shown.say(
        en=f"No mail leaves this machine: it is written to {data / 'mail'}. No second factor is asked for.",
        fr=f"Aucun courriel ne quitte cette machine : il est écrit dans {data / 'mail'}. Aucun second facteur n’est demandé.",
    )


def _print_mail(told: tuple[stories.Vendor, ...], port: int | None, shown: Shown) -> None:
    """How to send one of the vendors a request by mail, and how to stop."""
    from palier.demo import mail

    if port is not None:
        listed = ", ".join(mail.address_of(one) for one in told)
        shown.say(
            en=f"Mail is taken on 127.0.0.1:{port} for {listed}. Send one:",
            fr=f"Le courriel est reçu sur 127.0.0.1:{port} pour {listed}. Pour en envoyer un :",
        )
        first = next((one for one in told if one.slug == "northern"), told[0])
        shown.line(f"  {mail.command(first, port)}")
    shown.say(
        en="Stop with Ctrl-C · start over with: palier demo --reset",
        fr="Arrêter : Ctrl-C · repartir de zéro : palier demo --reset",
    )
