"""The rows of the workspace; each concern keeps its own in a module beside its actions."""

from __future__ import annotations

from palier.workspace.presence_models import Presence as Presence
from palier.workspace.settings_models import Settings as Settings
from palier.workspace.view_models import Bulk as Bulk
from palier.workspace.view_models import Reach as Reach
from palier.workspace.view_models import SavedView as SavedView
from palier.workspace.writing_models import CannedAnswer as CannedAnswer
from palier.workspace.writing_models import Draft as Draft
