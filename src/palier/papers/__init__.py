"""Papers: a typst source and plain data become a PDF. Knows no framework; the sources lie with what they show."""

from __future__ import annotations

from palier.papers.metadata import Extension as Extension
from palier.papers.metadata import Property as Property
from palier.papers.printing import Attachment as Attachment
from palier.papers.printing import BadPaper as BadPaper
from palier.papers.printing import pdf as pdf
