"""Where attachments are kept, as Django's settings say it: a folder below the data folder, or a bucket of S3."""

from __future__ import annotations

import importlib.util
from typing import Any

from palier.site.environment import BadEnvironment, Bucket, Environment

LINK_S = 60


def storage(environment: Environment) -> dict[str, Any]:
    """The entry `attachments` of ``STORAGES``. A bucket needs the package's extra `s3`."""
    if environment.bucket is not None:
        return _in_bucket(environment.bucket)
    return {"BACKEND": "palier.files.storage.Folder", "OPTIONS": {"location": environment.data / "files"}}


def _in_bucket(bucket: Bucket) -> dict[str, Any]:
    if importlib.util.find_spec("storages") is None or importlib.util.find_spec("boto3") is None:
        raise BadEnvironment(
            en="PALIER_FILES names a bucket, and what speaks to S3 is not installed: pip install 'palier[s3]'",
            fr="PALIER_FILES désigne un seau, et ce qui parle à S3 n’est pas installé : pip install 'palier[s3]'",
        )
    from botocore.config import Config

    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket.name,
            "location": bucket.prefix,
            "endpoint_url": bucket.endpoint or None,
            "region_name": bucket.region or None,
            "default_acl": None,
            # Names are hashes of contents: writing one again writes the same.
            "file_overwrite": True,
            "querystring_auth": True,
            "querystring_expire": LINK_S,
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if bucket.endpoint else "auto"},
                # Amazon's newer checksums are not known to every service that speaks S3.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        },
    }
