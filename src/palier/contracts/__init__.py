"""Revisions of support programmes and the contracts signed under them."""
