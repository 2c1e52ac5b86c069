"""Properties of another schema in the XMP metadata of a PDF, added as an incremental update.

Typst writes metadata but lets nobody add to them. What a PDF holds stays byte for byte as typst wrote it; after it comes
the metadata anew, under the same number, and a table that says where (ISO 32000-1, 7.5.6). A property that PDF/A does not
know is described by an extension schema beside it (ISO 19005-3, 6.6.2.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

_METADATA = re.compile(rb"/Metadata (\d+) 0 R")
_TRAILER = re.compile(rb"trailer\s*<<(?P<entries>.*)>>\s*startxref\s+(?P<at>\d+)\s+%%EOF\s*\Z", re.DOTALL)
_SCHEMAS = "<pdfaExtension:schemas><rdf:Bag>"
_END = "</rdf:RDF>"


class OtherForm(ValueError):
    """A PDF whose metadata do not lie where typst puts them: another version of typst writes otherwise."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"the PDF has no {missing} where one is expected / le PDF n’a pas {missing} là où on l’attend"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property: its value, and what it says in words."""

    value: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A schema that PDF/A does not know, with the properties of one document by their names; all are text."""

    schema: str
    namespace: str
    prefix: str
    properties: Mapping[str, Property]


def extended(pdf: bytes, extension: Extension) -> bytes:
    """The PDF with an extension in its metadata. Raises OtherForm."""
    end, found = _TRAILER.search(pdf), _METADATA.search(pdf)
    if end is None or found is None:
        raise OtherForm("trailer" if end is None else "/Metadata")
    number = int(found[1])
    packet = _with(_packet(pdf, number), extension).encode()
    head = b"\n%d 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n" % (number, len(packet))
    body = head + packet + b"\nendstream\nendobj\n"
    # The table names the first free number as well: readers take one that begins elsewhere for a damaged file.
    table = (
        b"xref\n0 1\n0000000000 65535 f\r\n%d 1\n%010d 00000 n\r\ntrailer\n<<%s/Prev %s>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            number,
            len(pdf) + 1,
            end["entries"],
            end["at"],
            len(pdf) + len(body),
        )
    )
    return pdf + body + table


def _packet(pdf: bytes, number: int) -> str:
    start = pdf.find(b"\n%d 0 obj" % number)
    begun = pdf.find(b"stream\n", start) + len(b"stream\n")
    packet = pdf[begun : pdf.find(b"\nendstream", begun)]
    if start < 0 or not packet.startswith(b"<?xpacket"):
        raise OtherForm("XMP packet")
    return packet.decode()


def _with(packet: str, extension: Extension) -> str:
    for mark in (_SCHEMAS, _END):
        if mark not in packet:
            raise OtherForm(mark)
    return packet.replace(_SCHEMAS, _SCHEMAS + _schema(extension), 1).replace(
        _END, _values(extension) + _END, 1
    )


def _schema(extension: Extension) -> str:
    properties = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>'
        f"<pdfaProperty:description>{escape(one.description)}</pdfaProperty:description>"
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, one in extension.properties.items()
    )
    return (
        f'<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>{escape(extension.schema)}</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{escape(extension.namespace)}</pdfaSchema:namespaceURI>"
        f"<pdfaSchema:prefix>{extension.prefix}</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )


def _values(extension: Extension) -> str:
    values = "".join(
        f"<{extension.prefix}:{name}>{escape(one.value)}</{extension.prefix}:{name}>"
        for name, one in extension.properties.items()
    )
    return (
        f'<rdf:Description rdf:about="" xmlns:{extension.prefix}="{escape(extension.namespace)}">{values}'
        "</rdf:Description>"
    )
