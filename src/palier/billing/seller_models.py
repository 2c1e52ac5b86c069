"""Who sells, who buys, under which taxes, and the numbers given: the rows behind an invoice that are not one.

A tax rate is kept in thousandths of a percent: 20 % is 20000, 9.975 % is 9975.
"""

from __future__ import annotations

from django.db import models

from palier.people.models import Organisation
from palier.people.rows import TenantRow


class Settings(TenantRow):
    """The vendor as a seller: its legal identity, its bank, and its account at the payment provider (sealed)."""

    legal_name = models.CharField(max_length=200, blank=True)
    line_one = models.CharField(max_length=200, blank=True)
    line_two = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=8, blank=True)
    registration = models.CharField(max_length=40, blank=True, help_text="SIREN, NEQ, UID …")
    vat_id = models.CharField(max_length=20, blank=True)
    tax_numbers = models.JSONField(default=list, help_text="Other numbers printed: [[name, number], …]")
    email = models.EmailField(blank=True)
    telephone = models.CharField(max_length=40, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    payment_days = models.PositiveSmallIntegerField(default=30)
    terms = models.JSONField(default=dict, help_text='What stands below the totals: {"en": …, "fr": …}')
    stripe_enabled = models.BooleanField(default=False)
    stripe_key = models.BinaryField(null=True, help_text="Sealed; see billing/provider.py")
    stripe_signing = models.BinaryField(null=True, help_text="Sealed; see billing/provider.py")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor"], name="billing_settings_once")]


class Party(TenantRow):
    """A customer as a buyer: how its invoices name it. Without one its name and country as the customer's row has them."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="billing_party"
    )
    legal_name = models.CharField(max_length=200, blank=True)
    line_one = models.CharField(max_length=200, blank=True)
    line_two = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=8, blank=True)
    registration = models.CharField(max_length=40, blank=True)
    vat_id = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    reference = models.CharField(
        max_length=100, blank=True, help_text="Its own reference, such as a purchase order."
    )
    language = models.CharField(max_length=8, blank=True)
    updated_at = models.DateTimeField()


class TaxCategory(models.TextChoices):
    """The categories of EN 16931 (UNTDID 5305)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE = "O"


class TaxRule(TenantRow):
    """A tax on what is sold to a place, from one date to another. Several rules of one place all apply to each line.

    `country` empty: everywhere else; `EU`: the other member states. `vat_id`: only for buyers with a VAT number (yes),
    only for those without (no), for all (empty).
    """

    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=8, blank=True)
    tax = models.CharField(
        max_length=20, help_text="VAT, GST, QST …: with the category and the rate, what is summed once."
    )
    category = models.CharField(max_length=2, choices=TaxCategory.choices)
    rate = models.PositiveIntegerField(help_text="Thousandths of a percent.")
    name_en = models.CharField(max_length=60)
    name_fr = models.CharField(max_length=60)
    reason_en = models.CharField(max_length=300, blank=True)
    reason_fr = models.CharField(max_length=300, blank=True)
    reason_code = models.CharField(max_length=30, blank=True, help_text="VATEX-EU-AE …")
    vat_id = models.CharField(max_length=3, blank=True, choices=[("yes", "yes"), ("no", "no")])
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, help_text="The first date on which it no longer holds.")


class Series(TenantRow):
    """The next number of a vendor's orders, invoices or credit notes of one year; its row lock makes them gapless."""

    kind = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    next = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "kind", "year"], name="billing_series_once")]
