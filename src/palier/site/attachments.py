"""Where attachments are kept, as Django's settings say it: a folder below the data folder, or a bucket of S3."""

from __future__ import annotations

from typing import Any

from palier.site.environment import Environment

LINK_S = 60


def storage(environment: Environment) -> dict[str, Any]:
    """The entry `attachments` of ``STORAGES``. A bucket needs the package's extra `s3`."""
    bucket = environment.bucket
    if bucket is None:
        return {
            "BACKEND": "palier.files.storage.Folder",
            "OPTIONS": {"location": environment.data / "files"},
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket.name,
            "location": bucket.prefix,
            "endpoint_url": bucket.endpoint or None,
            "region_name": bucket.region or None,
            "signature_version": "s3v4",
            "default_acl": None,
            # Names are hashes of contents: writing one again writes the same.
            "file_overwrite": True,
            "querystring_auth": True,
            "querystring_expire": LINK_S,
        },
    }
