"""`python -m kdesk.demo`."""

from __future__ import annotations

import sys

from kdesk.demo.command import main

if __name__ == "__main__":
    sys.exit(main())
