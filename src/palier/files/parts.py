"""Files that come with a form, while they are read: only for somebody who is signed in, and never more than the limits."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

REFUSED = "_files_too_large"
FILES_A_FORM = 50


def too_large_in(request: HttpRequest) -> tuple[str, ...]:
    """The names of the files of this form that were larger than the limit, and left out."""
    return tuple(getattr(request, REFUSED, ()))


class Gate(FileUploadHandler):
    """Stands before Django's own handlers: bytes of strangers are passed over, a file beyond the limit is cut off and named.

    What is passed over is read to its end and kept nowhere.
    """

    count = 0
    size = 0

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Let the next file in, or pass it over."""
        super().new_file(*arguments, **named)
        self.size = 0
        self.count += 1
        request = self.request
        if request is None or not request.user.is_authenticated:
            raise SkipFile
        if self.count > FILES_A_FORM:
            self._refuse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count what comes; more than the limit is passed over."""
        self.size = start + len(raw_data)
        if self.size > settings.PALIER_LARGEST_FILE:
            self._refuse()
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one make the file."""
        del file_size

    def _refuse(self) -> None:
        names = getattr(self.request, REFUSED, [])
        setattr(self.request, REFUSED, [*names, str(self.file_name)])
        raise SkipFile
