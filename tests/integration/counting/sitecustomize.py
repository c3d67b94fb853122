"""Has a worker tell how much memory it uses. Python imports this at its start if this folder is in its path.

Who connects to the socket that the variable `COUNTING` names is told the bytes that have been allocated
and not freed, by Python (with ``PYTHONMALLOC=malloc``) and by everything else in the process.
"""

from __future__ import annotations

import ctypes
import gc
import os
import socket
import sys
import threading


class _Mallinfo(ctypes.Structure):
    """`struct mallinfo2` of glibc: ten numbers."""

    _fields_ = (("numbers", ctypes.c_size_t * 10),)


#: Which of them are bytes in use: those mapped one by one, and all others.
_MAPPED, _OTHERS = 4, 7


def _in_use() -> int:
    while gc.collect():
        pass
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _Mallinfo
    numbers = mallinfo().numbers
    return int(numbers[_MAPPED] + numbers[_OTHERS])


def _tell(listening: socket.socket) -> None:
    while True:
        with listening.accept()[0] as asking:
            asking.sendall(b"%d" % _in_use())


if "wasmflow.service.worker" in sys.orig_argv:
    _listening = socket.socket(socket.AF_UNIX)
    _listening.bind(os.environ["COUNTING"])
    _listening.listen()
    threading.Thread(target=_tell, args=(_listening,), daemon=True).start()
