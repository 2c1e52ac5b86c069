"""The living style guide: there in the demonstration and in development only, made of the real partials, without a name twice."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.pages.world import World


@pytest.mark.parametrize("face", ["desk", "compact", "portal"])
def test_every_part_is_there_in_both_themes_and_no_name_twice(
    northern: World, client: Client, face: str
) -> None:
    northern.vendor.demo = True
    northern.vendor.save()
    page = client.get(f"{northern.path}/styleguide?face={face}").content.decode()
    assert page.count('class="pl-themed"') == 2
    assert page.count("pl-verdict-title") == 8
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    pointed = set(re.findall(r'\b(?:for|aria-describedby|aria-labelledby)="([^" ]+)"', page))
    assert pointed <= set(names)


def test_elsewhere_there_is_none(northern: World, client: Client) -> None:
    assert client.get(f"{northern.path}/styleguide").status_code == 404
    northern.vendor.demo = True
    northern.vendor.save()
    assert client.get(f"{northern.path}/styleguide?face=x").status_code == 404
