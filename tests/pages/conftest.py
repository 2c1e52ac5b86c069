"""What these tests share with the other tests of pages."""

from tests.pages.fixtures import frozen, northern

__all__ = ["frozen", "northern"]
