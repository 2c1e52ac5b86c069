"""Rows of services."""
