"""Vendors (the tenants), organisations, sites, contacts, staff and who may look at what is restricted."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import functions
from uuid_utils.compat import uuid7

from palier.people.rows import TenantRow


class Vendor(models.Model):
    """A software vendor that runs its support programme here: the tenant. Not tenant-owned itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=8)
    zone = models.CharField(max_length=64)
    address = models.URLField(
        help_text="Where its people reach it; every link starts with this, never with the Host header."
    )
    accent = models.CharField(max_length=7, blank=True)
    logo = models.CharField(max_length=64, blank=True)
    """SHA-256 of the picture that is shown, as the vendor's files keep it; empty: the name alone."""
    logo_width = models.IntegerField(default=0)
    logo_height = models.IntegerField(default=0)
    """In pixels."""
    staff_need_second_factor = models.BooleanField(default=True)
    demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    set_up_at = models.DateTimeField(null=True, blank=True)
    """Since when its people are no longer led through the first steps."""

    def __str__(self) -> str:
        return self.name


class VendorHost(models.Model):
    """A host name under which one vendor is reached."""

    host = models.CharField(max_length=253, primary_key=True)
    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="hosts")

    def __str__(self) -> str:
        return self.host


class UserManager(BaseUserManager["User"]):
    """Finds the accounts of the vendor whose transaction is open."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The account with that address, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, TenantRow):
    """A sign-in at one vendor. The same address at two vendors is two accounts that know nothing of each other."""

    email = models.EmailField()
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=8, default="en")
    zone = models.CharField(max_length=64, blank=True)
    theme = models.CharField(max_length=8, blank=True)
    density = models.CharField(max_length=12, blank=True)
    """Of the desk's lists: empty (comfortable) or `compact`. Here, since every page is written by it."""
    muted = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    """Groups of notices this person does not want (`notices.Group`)."""
    alerts = models.BooleanField(default=False)
    """Whether new notices are shown by the browser while a page is open."""
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint("vendor", functions.Lower("email"), name="people_user_one_per_address"),
        ]

    def __str__(self) -> str:
        return self.name


class Organisation(TenantRow):
    """A customer (or partner) of the vendor, with the zone, holidays and language its clocks and letters follow."""

    name = models.CharField(max_length=200)
    zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=8, blank=True)
    language = models.CharField(max_length=8, default="en")
    region = models.CharField(max_length=40, blank=True)
    partner = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="customers"
    )
    restricted = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "name"], name="people_organisation_one_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class Site(TenantRow):
    """A place of an organisation with its own zone and holidays."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="sites"
    )
    name = models.CharField(max_length=200)
    zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=8, blank=True)

    def __str__(self) -> str:
        return self.name


class Contact(TenantRow):
    """A person of an organisation. Whether it is *authorised* stands on each contract."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="contacts"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="contact"
    )
    name = models.CharField(max_length=200)
    email = models.EmailField()
    language = models.CharField(max_length=8, default="en")
    is_administrator = models.BooleanField(default=False)
    is_key_user = models.BooleanField(default=False)
    sees_colleagues = models.BooleanField(default=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "vendor", functions.Lower("email"), name="people_contact_one_per_address"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person of the vendor may do (people/access.py)."""

    AGENT = "agent"
    CONSULTANT = "consultant"
    ENGINEER = "engineer"
    ACCOUNT_MANAGER = "account-manager"
    DELIVERY_MANAGER = "delivery-manager"
    FINANCE = "finance"
    PROGRAMME_WRITER = "programme-writer"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Turn(models.TextChoices):
    """How a team's new tickets are given out."""

    NONE = "", "nobody"
    """They wait in the team's queue."""
    ROUND = "round"
    """To whoever has waited longest for one (round-robin)."""
    LOAD = "load"
    """To whoever has the fewest open."""


class Team(TenantRow):
    """A group of staff to whom tickets are assigned; `level` 1 or 2, 3 for engineering.

    New tickets of its level come to the team that takes them (docs/reference/assignment.md).
    """

    name = models.CharField(max_length=100)
    level = models.SmallIntegerField(default=1)
    takes_new = models.BooleanField(default=False)
    """Whether what is decided for its level comes to it by itself."""
    turn = models.CharField(max_length=8, choices=Turn.choices, default="", blank=True)

    def __str__(self) -> str:
        return self.name


class Staff(TenantRow):
    """A person of the vendor."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, db_constraint=False, related_name="staff")
    name = models.CharField(max_length=200)
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices), default=list)
    teams = models.ManyToManyField(Team, through="Membership", related_name="members")
    skills = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    """What the person is good at, as ids of the programme and languages: `product:drive`, `kind:how-to`, `language:fr`."""
    away_until = models.DateTimeField(null=True, blank=True)
    """No new ticket comes to the person by itself before."""
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Membership(TenantRow):
    """That a person of the vendor belongs to a team."""

    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, db_constraint=False, related_name="memberships"
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, db_constraint=False, related_name="memberships")
    given_at = models.DateTimeField(null=True, blank=True)
    """When a ticket last came to this person by the team's turn."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "staff", "team"], name="people_membership_once")
        ]


class Clearance(TenantRow):
    """That a person of the vendor is named for a restricted customer."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, db_constraint=False, related_name="clearances")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, db_constraint=False, related_name="clearances"
    )
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "staff", "organisation"], name="people_clearance_once")
        ]


class OrganisationNote(TenantRow):
    """What people of the vendor should know about a customer. Customers never see it."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="notes"
    )
    staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["vendor", "organisation", "-at"], name="people_note_newest")]


class Look(TenantRow):
    """That somebody of the vendor looked at something restricted. Append-only."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    subject_kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    at = models.DateTimeField()


class Notice(TenantRow):
    """Something one person should know, to be read in the product: for a contact or for a person of the vendor.

    `kind` and `data` (ids and figures, no names, no text) say what; pages put it into words.
    """

    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.CASCADE, db_constraint=False, related_name="notices"
    )
    staff = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.CASCADE, db_constraint=False, related_name="notices"
    )
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict, blank=True)
    ticket_number = models.IntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mail_at = models.DateTimeField(null=True, blank=True)
    """From when on the mail looks whether a letter is to tell it; None: it did, or never shall."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(contact=None) ^ models.Q(staff=None), name="people_notice_for_one"
            )
        ]
        indexes = [
            models.Index(fields=["vendor", "contact", "-created_at"], name="people_notice_contact"),
            models.Index(fields=["vendor", "staff", "-created_at"], name="people_notice_staff"),
            models.Index(
                fields=["mail_at"], condition=models.Q(mail_at__isnull=False), name="people_notice_to_mail"
            ),
        ]


class Change(TenantRow):
    """That somebody changed a setting: who, what and when, by ids and codes. Append-only.

    `kind` says what (`staff-changed`, `team-added` …), `subject_id` to whom or what, `data` the codes before and after.
    """

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")
    staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    """None: the machine, from its command line."""
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["vendor", "-at"], name="people_change_newest"),
            models.Index(fields=["vendor", "subject_id", "-at"], name="people_change_of"),
        ]


class IdentityProvider(TenantRow):
    """An identity provider somebody configured: it signs in only its owner's people, for the domains it proved.

    `organisation` None: the vendor's own staff. `issuer` with the token's subject identifies a person, never the address.
    """

    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    issuer = models.URLField()
    client_id = models.CharField(max_length=200)
    secret = models.BinaryField(help_text="Sealed; see people/secrets.py")
    proved_domains = ArrayField(models.CharField(max_length=253), default=list)
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "issuer", "client_id"], name="people_idp_once"),
        ]


class FederatedIdentity(TenantRow):
    """A person as an identity provider names it: (issuer, subject)."""

    provider = models.ForeignKey(
        IdentityProvider, on_delete=models.CASCADE, db_constraint=False, related_name="identities"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, db_constraint=False, related_name="identities")
    subject = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "provider", "subject"], name="people_identity_once"),
        ]
