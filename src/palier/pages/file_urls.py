"""Addresses of files, the same for both faces."""

from __future__ import annotations

from django.urls import path

from palier.pages import files

app_name = "files"
urlpatterns = [
    path("", files.begin, name="begin"),
    path("logo/<slug:sha256>.webp", files.logo, name="logo"),
    path("<uuid:file_id>", files.file, name="file"),
    path("<uuid:file_id>/upload", files.upload, name="upload"),
    path("<uuid:file_id>/picture", files.picture, name="picture"),
    path("<uuid:file_id>/thumbnail", files.thumbnail, name="thumbnail"),
]
