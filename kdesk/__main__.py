"""``kdesk`` and ``python -m kdesk``: a command of the command line, or the window."""

from __future__ import annotations

import sys
from collections.abc import Sequence

COMMANDS = ("contexts", "get", "watch", "doctor", "demo-server")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; gives the exit status: 0 ok, 1 failed, 2 usage."""
    args = list(sys.argv[1:] if argv is None else argv)
    # Imported by need: the command line loads no Qt, and the window nothing that its first paint does not need.
    if args and args[0] in COMMANDS:
        from kdesk.cli import main as command_line

        return command_line.main(args)
    from kdesk.app import main as window

    return window.main(args)


if __name__ == "__main__":
    sys.exit(main())
