"""What Python's own library has inside a component, and which packages cannot be there.

Found out by importing every module there (componentize-py 0.25, CPython 3.14). Hosts run other
versions of Python, so what changed between theirs and the guest's is listed too.
"""

from __future__ import annotations

import sys
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Gone from Python since 3.11.
REMOVED: Final = _words(
    """
    aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap
    msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib
    """
)
_ADDED: Final = _words("annotationlib compression")

#: What needs an operating system or a library in C that the guest does not have.
UNAVAILABLE: Final = _words(
    """
    bz2 ctypes curses fcntl grp lzma mmap msvcrt nt pty pwd readline resource ssl syslog termios
    tkinter tty turtle winreg winsound
    """
)

#: Packages that are mostly C, Rust or Fortran, and of which nobody builds a version for WASI.
NATIVE: Final = _words(
    """
    PIL aiohttp asyncpg bcrypt blake3 cryptography cv2 cx_Oracle duckdb fastapi gevent
    greenlet grpc h5py jax lxml matplotlib nacl numba numpy onnxruntime orjson pandas polars
    psutil psycopg2 pyarrow pydantic pydantic_core regex rpds scipy shapely skimage sklearn
    spacy tensorflow tiktoken tokenizers torch ujson uvloop zstandard
    """
)


def is_standard(module: str) -> bool:
    """Whether a module of this name is part of the guest's library, available or not."""
    name = module.partition(".")[0]
    return name in _ADDED or (name in sys.stdlib_module_names and name not in REMOVED)
