"""Whose an address is, and which sources are read: asked across vendors, where a delivery names nothing else."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

# The address as it stands before the one without its plus part: a vendor may give `help+urgent@` a meaning of its own.
ADDRESS_OF = """
select a.vendor_id, a.id from public.mail_mailaddress a
where lower(a.address) in (lower(exact), lower(plain)) order by lower(a.address) = lower(exact) desc limit 1
"""
SOURCES = "select s.vendor_id, s.id from public.mail_source s where s.enabled and s.kind = 'imap'"


class Migration(migrations.Migration):
    dependencies = [("mail", "0002_walls")]

    operations = [
        tenancy.DefinerFunction("mail_address_of(exact text, plain text)", ADDRESS_OF),
        tenancy.DefinerFunction("mail_sources_read()", SOURCES),
    ]
