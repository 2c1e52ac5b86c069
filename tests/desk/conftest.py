"""What these tests share with the other tests of pages."""

from tests.pages.fixtures import frozen, northern, solidxperts

__all__ = ["frozen", "northern", "solidxperts"]
