"""`python -m palier`."""

from __future__ import annotations

import sys

from palier import cli

if __name__ == "__main__":
    sys.exit(cli.main())
