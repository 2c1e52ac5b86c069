"""What `palier vendor add` and `palier vendor host` do. They return exit codes: 0 fine, 1 the user's mistake.

Vendors are made by whoever runs the service; all that follows is done by the vendor's first administrator, on the desk.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from palier.programme.problems import Said, said
from palier.site import database, service
from palier.site.refusals import Refused

FINE = 0
Tell = Callable[[Said], None]
_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\Z"
)
_TAKEN_PATHS = frozenset({"accounts", "billing", "desk", "files", "health", "preferences", "static"})


def add(
    *,
    slug: str,
    name: str,
    prefix: str,
    zone: str,
    address: str,
    administrator: str,
    administrator_name: str,
    language: str,
    tell: Tell,
) -> int:
    """A vendor with its first administrator; tells the link with which that person chooses a password, once."""
    host = _checked(slug, name, prefix, address)
    with service.service():
        database.verify()
        from django.db import transaction

        from palier.people import access, letters, staffing, tenancy
        from palier.people import actions as people
        from palier.people.models import Role, Vendor

        now = datetime.now(UTC)
        try:
            email = staffing.address(administrator)
            people.known_zone(zone)
            with transaction.atomic():
                if Vendor.objects.filter(slug=slug).exists():
                    raise Refused(
                        en=f"a vendor is called {slug} already: choose another name",
                        fr=f"un éditeur s’appelle déjà {slug} : choisissez un autre nom",
                    )
                _require_free(host)
                vendor = people.add_vendor(
                    slug=slug, name=name, prefix=prefix, zone=zone, address=address, hosts=[host], now=now
                )
            with tenancy.vendor(vendor.id):
                staff = staffing.invite(
                    by=access.Viewer.machine(vendor.id),
                    name=administrator_name or email.partition("@")[0],
                    email=email,
                    roles=[Role.ADMINISTRATOR],
                    language=language,
                    now=now,
                )
                link = letters.password_link(vendor, staff.user)
        except access.Refused as problem:
            raise Refused(en=problem.said["en"], fr=problem.said["fr"]) from problem
        tell(said(en=f"{name} is there: {vendor.address}", fr=f"{name} est là : {vendor.address}"))
        tell(
            said(
                en=f"{email} chooses a password here, once, within a day (a letter with such a link goes out as well):",
                fr=f"{email} choisit un mot de passe ici, une seule fois, dans la journée "
                "(un courriel avec un tel lien part aussi) :",
            )
        )
        tell(said(en=link, fr=link))
    return FINE


def add_host(*, vendor: str, host: str, tell: Tell) -> int:
    """A further host name under which a vendor is reached."""
    wanted = host.strip().lower().rstrip(".")
    _require_host(wanted)
    with service.service():
        database.verify()
        from palier.people.models import VendorHost
        from palier.site import ledger_commands

        (found,) = ledger_commands.chosen(vendor)
        _require_free(wanted)
        VendorHost.objects.create(host=wanted, vendor=found)
        tell(
            said(
                en=f"{found.slug} is reached under {wanted} too; links in letters start with {found.address}",
                fr=f"{found.slug} répond aussi sous {wanted} ; les liens des courriels commencent par {found.address}",
            )
        )
    return FINE


def begin(tell: Tell) -> None:
    """Tell how to begin, where no vendor is there yet."""
    from palier.people.models import Vendor

    if Vendor.objects.exists():
        return
    tell(
        said(
            en="there is no vendor yet, so nobody is served: `palier vendor add --help` says how to begin, "
            "and `palier demo` shows the product with five",
            fr="il n’y a encore aucun éditeur, donc personne n’est servi : `palier vendor add --help` dit comment commencer, "
            "et `palier demo` montre le produit avec cinq",
        )
    )


def _checked(slug: str, name: str, prefix: str, address: str) -> str:
    """The host name of the address. Raises Refused for what cannot be."""
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug) or len(slug) > 50 or slug in _TAKEN_PATHS:
        raise Refused(
            en=f"{slug!r} cannot be a vendor's short name: small letters, digits and hyphens, such as atelier-boreal",
            fr=f"{slug!r} ne peut pas être le nom court d’un éditeur : minuscules, chiffres et tirets, comme atelier-boreal",
        )
    if not name.strip():
        raise Refused(en="a vendor has a name", fr="un éditeur a un nom")
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", prefix):
        raise Refused(
            en=f"{prefix!r} cannot begin the numbers of requests: one to eight capitals and digits, such as ATB for ATB-1042",
            fr=f"{prefix!r} ne peut pas commencer les numéros de demandes : une à huit capitales et chiffres, "
            "comme ATB pour ATB-1042",
        )
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise Refused(
            en=f"{address!r} is no address: write it whole, such as https://support.example.com/",
            fr=f"{address!r} n’est pas une adresse : écrivez-la en entier, comme https://support.example.com/",
        )
    _require_host(host)
    return host


def _require_host(host: str) -> None:
    if not _HOST.match(host):
        raise Refused(
            en=f"{host!r} is no host name: write it as support.example.com, without https:// and without a port",
            fr=f"{host!r} n’est pas un nom d’hôte : écrivez-le comme support.example.com, sans https:// et sans port",
        )


def _require_free(host: str) -> None:
    from palier.people.models import VendorHost

    taken = VendorHost.objects.filter(host=host).select_related("vendor").first()
    if taken is not None:
        raise Refused(
            en=f"{host} leads to {taken.vendor.slug} already: each vendor has host names of its own",
            fr=f"{host} mène déjà à {taken.vendor.slug} : chaque éditeur a ses propres noms d’hôte",
        )
