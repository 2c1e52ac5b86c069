"""What these tests share with the other tests of pages."""

from tests.pages.fixtures import frozen, northern, northern_once

__all__ = ["frozen", "northern", "northern_once"]
