"""``--command``: one after the other, each to its end; the first that fails ends the program."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence

from kdesk.kube.errors import KubeError
from kdesk.viewmodel.commands import CommandSet
from kdesk.viewmodel.tasks import Superseded, sentence

log = logging.getLogger(__name__)


async def run_script(
    commands: CommandSet, lines: Sequence[str], ended: Callable[[], bool] = lambda: False
) -> bool:
    """False when a command is unknown or failed: it is named on standard error, with the reason. Stops at ``ended``."""
    for line in lines:
        if ended():
            return True
        try:
            await commands.run(line)
        except Superseded:
            complain(f"the command {line!r} was overtaken by another")
            return False
        except (KubeError, OSError) as error:
            complain(f"the command {line!r} failed: {sentence(error)}")
            return False
        except Exception:
            log.exception("the command %r failed", line)
            complain(f"the command {line!r} failed for an unforeseen reason; the log has the details")
            return False
    return True


def complain(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"kdesk: {' '.join(text.split())}\n")
    sys.stderr.flush()
