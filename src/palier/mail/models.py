"""Every row of mail, by what it is about."""

from __future__ import annotations

from palier.mail.incoming_models import Incoming as Incoming
from palier.mail.incoming_models import MailAddress as MailAddress
from palier.mail.incoming_models import Original as Original
from palier.mail.incoming_models import Source as Source
from palier.mail.letter_models import Letter as Letter
from palier.mail.letter_models import LetterTry as LetterTry
from palier.mail.letter_models import MailWish as MailWish
from palier.mail.letter_models import Template as Template
from palier.mail.letter_models import Undeliverable as Undeliverable
from palier.mail.link_models import ActionLink as ActionLink
