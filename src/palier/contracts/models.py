"""Programme revisions by content hash, frozen holiday rows, and contracts pinned to the revision they were signed under.

What a contract says at an instant is folded from its rows by `queries.Standings`: a row's own columns are the values in
force when it was last written, and its latest term (docs/reference/contracts.md).
"""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from palier.people import access
from palier.people.models import Contact, Organisation, Staff
from palier.people.rows import TenantRow


class ProgrammeRevision(TenantRow):
    """One text of the vendor's programme, by content hash. Append-only: a ticket's verdict names it for ever."""

    hash = models.CharField(max_length=64)
    programme = models.CharField(max_length=80)
    effective_on = models.DateField()
    source = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "hash"], name="contracts_revision_once")]

    def __str__(self) -> str:
        return f"{self.programme} {self.hash[:12]}"


class HolidayRows(TenantRow):
    """The frozen holidays of one place: dates of `code` (such as CA-QC) up to `known_until`, under a content hash.

    A newer row for the same code is in force from `recorded_at` on: used time stays, later due times move.
    """

    code = models.CharField(max_length=12)
    hash = models.CharField(max_length=64)
    dates = ArrayField(models.DateField())
    known_from = models.DateField()
    known_until = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "code", "hash"], name="contracts_holidays_once")
        ]
        indexes = [models.Index(fields=["vendor", "code", "-recorded_at"], name="contracts_holidays_latest")]


class ContractQuerySet(models.QuerySet["Contract"]):
    """Contracts, narrowed to who looks."""

    def visible_to(self, viewer: access.Viewer) -> Self:
        """A customer's own (a partner's customers' too), or all but those of restricted customers."""
        return self.filter(access.of_organisation(viewer))


class Contract(TenantRow):
    """What an organisation bought: a plan of one programme revision, from its activation date on, in its own zone.

    `activation_on` is the original date of the run of terms that `ends_on` closes: anniversaries come from it, also after
    a renewal; a renewal after a gap sets a new one. Earlier terms are rows of their own.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="contracts"
    )
    revision = models.ForeignKey(
        ProgrammeRevision, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    number = models.CharField(max_length=40)
    plan = models.CharField(max_length=80)
    options = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    term = models.CharField(max_length=80)
    zone = models.CharField(max_length=64)
    activation_on = models.DateField()
    starts_on = models.DateField(
        null=True, blank=True, help_text="The first date of the latest term, where it was renewed."
    )
    ends_on = models.DateField(help_text="The first date after the latest term.")
    paid_at = models.DateTimeField(null=True, blank=True, help_text="When the latest term was paid.")
    suspended_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    seats = models.PositiveIntegerField(default=1)
    licence_seats = models.PositiveIntegerField(
        null=True, blank=True, help_text="Seats of the whole licence, where a plan must cover it whole."
    )
    yearly_amount = models.BigIntegerField(null=True, blank=True, help_text="In minor units.")
    currency = models.CharField(max_length=3, blank=True)
    environments = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    created_at = models.DateTimeField()

    objects = ContractQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "number"], name="contracts_contract_number")]
        indexes = [models.Index(fields=["vendor", "organisation"], name="contracts_by_organisation")]

    def __str__(self) -> str:
        return self.number


class EarlierTerm(TenantRow):
    """A term before a contract's latest one, as it stood when the contract was renewed."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="earlier_terms"
    )
    origin_on = models.DateField(help_text="Where its anniversaries come from.")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The first date after it.")
    term = models.CharField(max_length=80, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Where it ended early.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "contract", "starts_on"], name="contracts_term_once")
        ]


class EventKind(models.TextChoices):
    """What can happen to a contract."""

    DRAWN_UP = "drawn-up"
    RENEWED = "renewed"
    AMENDED = "amended"
    MOVED = "moved"
    PAID = "paid"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    ENDED = "ended"
    CONTACT_NAMED = "contact-named"
    CONTACT_WITHDRAWN = "contact-withdrawn"
    CONTACT_SWAPPED = "contact-swapped"
    STAND_IN_NAMED = "stand-in-named"
    USER_NAMED = "user-named"
    USER_WITHDRAWN = "user-withdrawn"
    ROLE_NAMED = "role-named"
    ROLE_WITHDRAWN = "role-withdrawn"
    PROJECT_ADDED = "project-added"
    PROJECT_CHANGED = "project-changed"
    SOLUTION_ADDED = "solution-added"
    SOLUTION_HANDED_OVER = "solution-handed-over"
    DOCUMENT_ADDED = "document-added"
    AGREEMENT_ATTACHED = "agreement-attached"
    AGREEMENT_ACCEPTED = "agreement-accepted"
    CAP_SET = "cap-set"
    CAP_WITHDRAWN = "cap-withdrawn"
    PLAN_ASKED = "plan-asked"
    PLAN_GRANTED = "plan-granted"
    PLAN_DECLINED = "plan-declined"
    BROUGHT_IN = "brought-in"


class ContractEvent(TenantRow):
    """Something that happened to a contract, effective from an instant. Append-only; ids and figures, no names.

    `changes` holds {field: [before, after]} of the contract's own values: what a contract says at an instant is folded
    from them. `data` holds the rest: ids of contacts, staff and rows.
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, db_constraint=False, related_name="events"
    )
    kind = models.CharField(max_length=30, choices=EventKind.choices)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    staff = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    changes = models.JSONField(default=dict, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["vendor", "contract", "recorded_at"], name="contracts_event_order")]


class ContractProduct(TenantRow):
    """A product on a contract, whether it is under maintenance, and the version the customer runs."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="products"
    )
    product = models.CharField(max_length=80)
    maintenance = models.BooleanField(default=True)
    version = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "contract", "product"], name="contracts_product_once")
        ]


class Authorisation(TenantRow):
    """That a contact is authorised on a contract during [from_at, until_at)."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="authorisations"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, db_constraint=False, related_name="authorisations"
    )
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)


class AuthorisedUser(TenantRow):
    """That a contact controls the use of prepaid hours and agrees to estimates during [from_at, until_at)."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="authorised_users"
    )
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)


class NamedRole(models.TextChoices):
    """Whom a contract names at the vendor."""

    ACCOUNT_MANAGER = "account-manager"
    SOLUTIONS_MANAGER = "solutions-manager"
    DELIVERY_MANAGER = "delivery-manager"
    EXECUTIVE_SPONSOR = "executive-sponsor"


class RoleHolder(TenantRow):
    """That a person of the vendor has a role on a contract during [from_at, until_at)."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="role_holders"
    )
    role = models.CharField(max_length=20, choices=NamedRole.choices)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "contract", "role"],
                condition=models.Q(until_at=None),
                name="contracts_role_once",
            )
        ]


class RegionManager(TenantRow):
    """The account manager of a region during [from_at, until_at), for every contract that names nobody."""

    region = models.CharField(max_length=40)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "region"], condition=models.Q(until_at=None), name="contracts_region_once"
            )
        ]


class Paper(TenantRow):
    """The bytes of a text, by content hash. Append-only."""

    hash = models.CharField(max_length=64)
    media_type = models.CharField(max_length=40)
    filename = models.CharField(max_length=120)
    body = models.BinaryField()
    size = models.PositiveIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "hash", "filename"], name="contracts_paper_once")
        ]


class Agreement(TenantRow):
    """One version of a binding text of the vendor, in one language: a document of its programme. Append-only."""

    document = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    dated = models.DateField(null=True, blank=True)
    title = models.CharField(max_length=200)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    staff = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "document", "version", "language"], name="contracts_agreement_once"
            )
        ]


class ContractAgreement(TenantRow):
    """That a version of a binding text hangs on a contract during [from_at, until_at), and who accepted it."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="agreements"
    )
    document = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "contract", "document"],
                condition=models.Q(until_at=None),
                name="contracts_bound_once",
            )
        ]


class Cap(TenantRow):
    """What a customer agreed to beforehand during [from_at, until_at): so much a request and a month without asking."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, db_constraint=False, related_name="caps")
    per_request_minutes = models.PositiveIntegerField(null=True, blank=True)
    per_request_amount = models.BigIntegerField(null=True, blank=True, help_text="In minor units.")
    per_month_amount = models.BigIntegerField(null=True, blank=True, help_text="In minor units.")
    currency = models.CharField(max_length=3, blank=True)
    agreed_by = models.ForeignKey(Contact, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "contract"], condition=models.Q(until_at=None), name="contracts_cap_once"
            )
        ]


class CapApprover(TenantRow):
    """A contact who may agree to what goes beyond a cap."""

    cap = models.ForeignKey(Cap, on_delete=models.CASCADE, db_constraint=False, related_name="approvers")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, db_constraint=False, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "cap", "contact"], name="contracts_approver_once")
        ]


class PlanRequest(TenantRow):
    """A customer asks its account manager for another plan; the vendor grants or declines it."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="plan_requests"
    )
    plan = models.CharField(max_length=80)
    words = models.TextField(blank=True)
    asked_by = models.ForeignKey(Contact, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    asked_at = models.DateTimeField()
    granted = models.BooleanField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "contract"],
                condition=models.Q(answered_at=None),
                name="contracts_one_plan_asked",
            )
        ]


class Project(TenantRow):
    """An active project of a customer: requests that are not support are steered to it."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="projects"
    )
    name = models.CharField(max_length=200)
    first_on = models.DateField()
    last_on = models.DateField()
    environments = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    person = models.CharField(max_length=200)


class ContractDocument(TenantRow):
    """A paper on a contract, such as the vendor's prior written consent to a modification."""

    MODIFICATION_CONSENT = "modification-consent"
    SCOPE_OF_WORK = "scope-of-work"

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="documents"
    )
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    signed_on = models.DateField()
    paper = models.ForeignKey(
        Paper, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    recorded_at = models.DateTimeField(null=True, blank=True)


class Solution(TenantRow):
    """A solution built under a scope-of-work document; support starts once it was handed over."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="solutions"
    )
    name = models.CharField(max_length=200)
    goals = models.TextField(blank=True)
    handed_over_on = models.DateField(null=True, blank=True)
    scope = models.ForeignKey(
        ContractDocument,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="+",
        help_text="Its scope-of-work document.",
    )
