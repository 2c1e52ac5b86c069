"""Palier: a support desk that executes a software vendor's support programme."""

__version__ = "0.1.0"
