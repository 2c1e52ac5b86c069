"""Programme revisions by content hash, frozen holiday rows, and contracts pinned to the revision they were signed under."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from palier.people import access
from palier.people.models import Contact, Organisation
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
    """What an organisation bought: a plan of one programme revision, from its activation date on, in its own zone."""

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
    ends_on = models.DateField(help_text="The first date after the term.")
    paid_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    seats = models.PositiveIntegerField(default=1)
    environments = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    created_at = models.DateTimeField()

    objects = ContractQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "number"], name="contracts_contract_number")]
        indexes = [models.Index(fields=["vendor", "organisation"], name="contracts_by_organisation")]

    def __str__(self) -> str:
        return self.number


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


class Solution(TenantRow):
    """A solution built under a scope-of-work document; support starts once it was handed over."""

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="solutions"
    )
    name = models.CharField(max_length=200)
    goals = models.TextField(blank=True)
    handed_over_on = models.DateField(null=True, blank=True)


class ContractDocument(TenantRow):
    """A paper on a contract, such as the vendor's prior written consent to a modification."""

    MODIFICATION_CONSENT = "modification-consent"

    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, db_constraint=False, related_name="documents"
    )
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    signed_on = models.DateField()
