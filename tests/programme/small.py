"""A minimal programme that is fine, to be changed by tests into others that are not."""

from __future__ import annotations

from palier.core.programme import Programme
from palier.programme import load
from palier.programme.problems import Problem

SMALL = """\
palier: 1
programme: small
vendor: Small
prefix: SMA
effective: 2026-07-01
currency: CAD
locales: {fr: fr-CA, en: en-CA}
languages: {write: any, reply: [fr, en], documents: [fr, en]}
words:
  request: {fr: billet, en: ticket}
  requests: {fr: billets, en: tickets}
  support: {fr: soutien, en: support}
  mail: {fr: courriel, en: e-mail}
reach: {mail: support@small.example, channels: [portal, mail], mail_kind: defect}
calendars:
  desk:
    name: {fr: Nos heures, en: Our hours}
    zone: America/Toronto
    week: {mon-fri: ["09:00-17:00"]}
    holidays: [CA-QC]
desk_calendar: desk
severities:
  1: {name: {fr: Critique, en: Critical}, definition: {fr: Tout est arrêté., en: All is stopped.}}
  2: {name: {fr: Mineure, en: Minor}, definition: {fr: Le reste., en: The rest.}}
effects:
  stopped: {name: {fr: Tout est arrêté, en: All is stopped}, severity: 1}
kinds:
  defect: {name: {fr: Un défaut, en: A fault}, severity: by-effect, else: 2}
  how-to: {name: {fr: Une question, en: A question}, severity: 2}
required: [description]
targets:
  standard:
    clause: T1
    name: {fr: Délais, en: Targets}
    binding: target
    calendar: desk
    first_response: {1: 4h, 2: 8h}
allowances:
  calls: {clause: L1, name: {fr: Appels, en: Calls}, unit: call, per: contract-year}
prices:
  hourly: {clause: P1, name: {fr: À l'heure, en: By the hour}, kind: hourly, amount: 175.00 CAD}
ways:
  call: {name: {fr: Un appel, en: A call}, text: {fr: Utilisez un appel., en: Use a call.}, allowance: calls}
  hours: {name: {fr: Des heures, en: Hours}, text: {fr: Achetez des heures., en: Buy hours.}, price: hourly}
plans:
  basic:
    clause: S1
    name: {fr: De base, en: Basic}
    text: {fr: Le soutien de base., en: Basic support.}
    kind: support
    targets: standard
    grants: {calls: 2}
holds:
  payment: {name: {fr: À régler, en: To be paid}, freed_by: {fr: Vous, en: You}, how: {fr: Réglez., en: Pay.}}
coverage:
  - clause: A1
    if: {contract: unpaid}
    then: {hold: payment}
    text: {fr: Le contrat n'est pas réglé., en: The contract is not paid.}
  - clause: C1
    if: {kind: defect}
    then: {cover: true}
    text: {fr: Les défauts sont couverts., en: Faults are covered.}
  - clause: Z
    if: otherwise
    then: {offer: [call, hours]}
    text: {fr: Le reste est facturable., en: The rest is billable.}
unfreed: {remind: [3 days, 10 days], close: 30 days}
silence: {remind: [3 days, 10 days], close: 20 days}
"""
GOLD = """  gold:
    extends: basic
    clause: S2
    name: {fr: Or, en: Gold}
    text: {fr: Le soutien complet., en: Full support.}
"""
"""A second plan; goes before `holds:`."""


def changed(*changes: tuple[str, str]) -> str:
    """The small programme with each `old` (which stands there once) replaced."""
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def after_plans(text: str) -> tuple[str, str]:
    """The change that puts `text` after the last plan."""
    return "holds:\n  payment", text + "holds:\n  payment"


def problems_of(*changes: tuple[str, str]) -> tuple[Problem, ...]:
    """What is wrong with the small programme after these changes."""
    return load.load_programme(changed(*changes), "small.yaml").problems


def found(*changes: tuple[str, str]) -> list[tuple[str, str]]:
    """The same as (code, path)."""
    return [(str(problem.code), problem.path) for problem in problems_of(*changes)]


def programme(*changes: tuple[str, str]) -> Programme:
    """The small programme after these changes, which leave it fine."""
    loaded = load.load_programme(changed(*changes), "small.yaml")
    assert loaded.programme is not None, [problem.text("en") for problem in loaded.problems]
    return loaded.programme
