"""The vendor's people and teams: invited, changed, taken away and taken back. Every change is kept with who made it.

The last person who runs the desk keeps that role and stays, so that there is always somebody who can put things right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from palier.people import access, accounts, actions, changes
from palier.people.access import Refused, Viewer
from palier.people.models import Contact, Membership, Role, Staff, Team, Turn, User

LANGUAGES = ("en", "fr")
LEVELS = (1, 2, 3)
_RUNS = sorted(role.value for role in access.RUNS_THE_DESK)


def address(text: str) -> str:
    """The address as it is kept: lower case, without blanks. Raises Refused for what is none."""
    found = text.strip().lower()
    try:
        validate_email(found)
    except ValidationError:
        raise Refused(
            code="bad-address",
            en=f"“{found}” is no e-mail address: write it as name@example.com.",
            fr=f"« {found} » n’est pas une adresse de courriel : écrivez-la comme nom@example.com.",
        ) from None
    return found


def require_free(vendor_id: UUID, email: str) -> None:
    """Raise Refused where the address already signs in somebody here, saying whom and what to do."""
    taken = User.objects.filter(vendor_id=vendor_id, email__iexact=email).first()
    if taken is None:
        return
    contact = (
        Contact.objects.filter(vendor_id=vendor_id, user_id=taken.pk).select_related("organisation").first()
    )
    who = taken.name if contact is None else f"{taken.name} ({contact.organisation.name})"
    raise Refused(
        code="address-taken",
        en=f"{email} already signs in {who} here: take that person back, or use another address.",
        fr=f"{email} connecte déjà {who} ici : reprenez cette personne, ou utilisez une autre adresse.",
    )


def named(name: str) -> str:
    found = " ".join(name.split())
    if not found:
        raise Refused(code="name-needed", en="A name is needed.", fr="Il faut un nom.")
    return found[:200]


def _roles(roles: Sequence[Role]) -> list[Role]:
    if not roles:
        raise Refused(
            code="role-missing",
            en="Choose at least one role: without any a person can do nothing here.",
            fr="Choisissez au moins un rôle : sans rôle, une personne ne peut rien faire ici.",
        )
    return list(dict.fromkeys(roles))


def language_of(language: str) -> str:
    if language not in LANGUAGES:
        raise Refused(
            code="unknown-language",
            en=f"“{language}” is no language of these pages: choose English or French.",
            fr=f"« {language} » n’est pas une langue de ces pages : choisissez l’anglais ou le français.",
        )
    return language


def invite(
    *,
    by: Viewer,
    name: str,
    email: str,
    roles: Sequence[Role],
    now: datetime,
    teams: Sequence[Team] = (),
    language: str = "en",
) -> Staff:
    """A person of the vendor with a sign-in; a letter goes out with a link to choose a password."""
    access.require_role(by, access.RUNS_THE_DESK)
    email = address(email)
    require_free(by.vendor_id, email)
    staff = accounts.create_staff_account(
        by=by,
        name=named(name),
        email=email,
        roles=_roles(roles),
        teams=teams,
        language=language_of(language),
        now=now,
    )
    changes.record(by, changes.Kind.STAFF_ADDED, subject_id=staff.id, data={"roles": staff.roles}, now=now)
    return staff


def _locked(by: Viewer, staff_id: UUID) -> Staff:
    """The person, locked with everybody who runs the desk: two of them taking each other's role away go one by one."""
    list(
        Staff.objects.select_for_update()
        .filter(vendor_id=by.vendor_id, removed_at=None, roles__overlap=_RUNS)
        .order_by("id")
        .values_list("id", flat=True)
    )
    return Staff.objects.select_for_update().get(vendor_id=by.vendor_id, id=staff_id)


def is_last(staff: Staff) -> bool:
    """Whether nobody else runs the desk."""
    if staff.removed_at is not None or not set(staff.roles) & set(_RUNS):
        return False
    others = Staff.objects.filter(vendor_id=staff.vendor_id, removed_at=None, roles__overlap=_RUNS)
    return not others.exclude(pk=staff.pk).exists()


def change_staff(
    *,
    by: Viewer,
    staff_id: UUID,
    name: str,
    roles: Sequence[Role],
    teams: Sequence[Team],
    skills: Sequence[str],
    away_until: datetime | None,
    now: datetime,
) -> Staff:
    """Name, roles, teams, skills and absence of a person as they are from now on. Raises Refused for the last who runs the desk."""
    access.require_role(by, access.RUNS_THE_DESK)
    staff = _locked(by, staff_id)
    wanted = [role.value for role in _roles(roles)]
    if is_last(staff) and not set(wanted) & set(_RUNS):
        raise Refused(
            code="last-administrator",
            en=f"{staff.name} is the last who runs the desk: name another manager or administrator first.",
            fr=f"{staff.name} est la dernière personne à diriger le service : nommez d’abord un autre responsable.",
        )
    was = _state(staff)
    staff.name = named(name)
    staff.roles, staff.skills, staff.away_until = wanted, list(dict.fromkeys(skills)), away_until
    staff.save(update_fields=["name", "roles", "skills", "away_until"])
    User.objects.filter(vendor_id=by.vendor_id, pk=staff.user_id).update(name=staff.name)
    _belong(staff, teams)
    record(by, changes.Kind.STAFF_CHANGED, staff.id, was, _state(staff), now)
    return staff


def _state(staff: Staff) -> dict[str, object]:
    teams = Membership.objects.filter(vendor_id=staff.vendor_id, staff_id=staff.id)
    return {
        "roles": sorted(staff.roles),
        "skills": sorted(staff.skills),
        "away_until": staff.away_until.isoformat() if staff.away_until is not None else None,
        "teams": sorted(str(id_) for id_ in teams.values_list("team_id", flat=True)),
    }


def _belong(staff: Staff, teams: Sequence[Team]) -> None:
    """Exactly these teams; who stays in one keeps its turn there."""
    wanted = {team.id for team in teams}
    held = Membership.objects.filter(vendor_id=staff.vendor_id, staff_id=staff.id)
    held.exclude(team_id__in=wanted).delete()
    there = set(held.values_list("team_id", flat=True))
    Membership.objects.bulk_create(
        Membership(vendor_id=staff.vendor_id, staff=staff, team_id=team) for team in sorted(wanted - there)
    )


def record(
    by: Viewer,
    kind: changes.Kind,
    subject_id: UUID,
    was: dict[str, object],
    now_is: dict[str, object],
    now: datetime,
) -> None:
    """Keep what differs; nothing where nothing does."""
    keys = [key for key in was if was[key] != now_is[key]]
    if keys:
        data = {"was": {key: was[key] for key in keys}, "now": {key: now_is[key] for key in keys}}
        changes.record(by, kind, subject_id=subject_id, data=data, now=now)


def remove_staff(*, by: Viewer, staff_id: UUID, now: datetime) -> Staff:
    """Take a person's account and sessions away. What the person did stays, with the name."""
    access.require_role(by, access.RUNS_THE_DESK)
    staff = _locked(by, staff_id)
    if staff.removed_at is None:
        accounts.remove_staff(by=by, staff=staff, now=now)
        changes.record(by, changes.Kind.STAFF_REMOVED, subject_id=staff.id, now=now)
    return staff


def take_staff_back(*, by: Viewer, staff_id: UUID, now: datetime) -> Staff:
    """Give a removed person the account back, with roles and teams as they were; a letter goes out."""
    access.require_role(by, access.RUNS_THE_DESK)
    staff = _locked(by, staff_id)
    if staff.removed_at is not None:
        staff.removed_at = None
        staff.save(update_fields=["removed_at"])
        open_again(staff.user)
        changes.record(by, changes.Kind.STAFF_BACK, subject_id=staff.id, now=now)
    return staff


def send_letter_again(*, by: Viewer, staff_id: UUID) -> Staff:
    """Send the letter with the link to a password once more."""
    access.require_role(by, access.RUNS_THE_DESK)
    staff = Staff.objects.select_related("user").get(vendor_id=by.vendor_id, id=staff_id)
    if staff.removed_at is not None:
        raise Refused(
            code="staff-removed",
            en=f"{staff.name} was removed: take this person back first.",
            fr=f"{staff.name} a été retiré : reprenez d’abord cette personne.",
        )
    accounts.queue_password_letter(vendor_id=by.vendor_id, user=staff.user)
    return staff


def open_again(user: User) -> None:
    user.is_active = True
    user.save(update_fields=["is_active"])
    accounts.queue_password_letter(vendor_id=user.vendor_id, user=user)


# --- teams ------------------------------------------------------------------------------------------


def save_team(
    *,
    by: Viewer,
    name: str,
    level: int,
    takes_new: bool,
    turn: Turn,
    members: Sequence[Staff],
    now: datetime,
    team_id: UUID | None = None,
) -> Team:
    """A new team, or one as it is from now on. Rules of `takes_new` and `turn`: docs/reference/assignment.md."""
    access.require_role(by, access.RUNS_THE_DESK)
    if level not in LEVELS:
        raise Refused(
            code="unknown-level",
            en="A team is of level 1, 2 or 3.",
            fr="Une équipe est du niveau 1, 2 ou 3.",
        )
    called = named(name)[:100]
    twins = Team.objects.filter(vendor_id=by.vendor_id, name__iexact=called)
    if (twins if team_id is None else twins.exclude(id=team_id)).exists():
        raise Refused(
            code="team-exists",
            en=f"There is a team called {called} already: choose another name, or change that one.",
            fr=f"Il y a déjà une équipe nommée {called} : choisissez un autre nom, ou modifiez celle-là.",
        )
    if team_id is None:
        team = actions.add_team(by=by, name=called, level=level)
        was: dict[str, object] | None = None
    else:
        team = Team.objects.select_for_update().get(vendor_id=by.vendor_id, id=team_id)
        was = _team_state(team)
    team.name, team.level, team.takes_new, team.turn = called, level, takes_new, turn.value
    team.save(update_fields=["name", "level", "takes_new", "turn"])
    wanted = {one.id for one in members}
    held = Membership.objects.filter(vendor_id=by.vendor_id, team_id=team.id)
    # Who was taken away is not offered, and comes back with the teams as they were.
    held.filter(staff__removed_at=None).exclude(staff_id__in=wanted).delete()
    there = set(held.values_list("staff_id", flat=True))
    Membership.objects.bulk_create(
        Membership(vendor_id=by.vendor_id, staff_id=one, team=team) for one in sorted(wanted - there)
    )
    if was is None:
        changes.record(by, changes.Kind.TEAM_ADDED, subject_id=team.id, now=now)
    else:
        record(by, changes.Kind.TEAM_CHANGED, team.id, was, _team_state(team), now)
    return team


def _team_state(team: Team) -> dict[str, object]:
    held = Membership.objects.filter(vendor_id=team.vendor_id, team_id=team.id)
    return {
        "level": team.level,
        "takes_new": team.takes_new,
        "turn": team.turn,
        "members": sorted(str(id_) for id_ in held.values_list("staff_id", flat=True)),
    }
