"""Vendors (the tenants), their customers' organisations, sites and contacts, staff and roles."""
