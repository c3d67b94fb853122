"""Policies: files that say what an artifact may consist of, and use, at most.

`read` makes a `Policy` of a file, `check` compares it with what was opened, `write` makes the file that
allows just that. Hosts call the first two before anything runs, the command line the third.
"""

from __future__ import annotations

from typing import Final

#: How the names of such files end.
SUFFIX: Final = ".policy.yaml"
