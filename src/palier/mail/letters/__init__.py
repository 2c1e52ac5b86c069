"""Letters: what a person should know, in the person's language and the vendor's words, as text and as HTML.

`compose` makes one of notices, `compose_many` a batch at a fraction of the price, `compose_plain` those to people who
may be nobody's contact. Nothing is sent here. Rules: docs/reference/letters.md.
"""

from __future__ import annotations

from palier.mail.letters.composing import Words as Words
from palier.mail.letters.composing import compose as compose
from palier.mail.letters.composing import compose_many as compose_many
from palier.mail.letters.kinds import LetterKind as LetterKind
from palier.mail.letters.reading import Wanted as Wanted
from palier.mail.letters.to_anybody import compose_plain as compose_plain
