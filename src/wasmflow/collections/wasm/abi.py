"""The functions of wasmtime's C API that calls go through, with plain integers for pointers.

The official binding's own call path is 5 to 47 times slower than the same C functions called well
(`bench/`), so `store`, `sandbox` and `marshal` call them here; loading and inspecting artifacts uses
the binding. Nothing outside `collections.wasm` knows of this module.

What it relies on, and checks when it is imported (`UnknownPlatform` says what differs):

- CPython: the characters of a ``bytes`` object stand `PAYLOAD` bytes after ``id()`` of it, so that
  arguments can be laid out in ``bytes`` objects that point at one another.
- The layout of wasmtime's values, which belongs to one major version of the wheel.

A mistake behind these functions does not raise, it ends the process: who calls them keeps every
buffer alive until wasmtime is done with it, and never lets two threads into one store.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from ctypes import c_bool, c_char, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Final

from wasmtime import WasmtimeError
from wasmtime import _ffi as ffi

from wasmflow.errors import WorldError

#: The major version of wasmtime whose value layout is known; `pyproject.toml` pins the same.
WASMTIME: Final = 50


class UnknownPlatform(WorldError):
    """This Python or this wasmtime is not one whose memory layout is known."""


#: Where the characters of a ``bytes`` object begin, counted from ``id()`` of it.
PAYLOAD: Final = bytes.__basicsize__ - 1

#: The address space of the process as an array of characters: ``MEMORY[p : p + n]`` copies n bytes
#: from address p, four times as fast as ``ctypes.string_at``.
MEMORY: Final[Any] = (c_char * sys.maxsize).from_address(0)


def wasmtime_version() -> str:
    """The version of the installed wheel, from the name of its metadata's folder."""
    packages = Path(ffi.__file__).parent.parent
    for folder in packages.glob("wasmtime-*.dist-info"):
        return folder.name.removeprefix("wasmtime-").removesuffix(".dist-info")
    # Ten times slower than all the rest of this module.
    from importlib.metadata import version

    return version("wasmtime")


def _check_platform() -> None:
    known = b"the layout of bytes"
    start = id(known) + PAYLOAD
    if sys.implementation.name != "cpython" or MEMORY[start : start + len(known)] != known:
        raise UnknownPlatform(
            f"Wasmflow runs WebAssembly on CPython only; this is {sys.implementation.name} "
            f"{sys.version.split()[0]}, which lays out memory differently"
        )
    # These two take the stack of a suspended guest for an overflow of their own and end the process.
    if 0x030E0000 <= sys.hexversion < 0x030E0200:
        raise UnknownPlatform(
            "Python 3.14.0 and 3.14.1 cannot run WebAssembly; take 3.14.2 or later"
        )
    installed = wasmtime_version()
    if installed.partition(".")[0] != str(WASMTIME):
        raise UnknownPlatform(
            f"wasmtime {installed} is installed and this Wasmflow needs {WASMTIME}.x: "
            f"pip install 'wasmtime=={WASMTIME}.*'"
        )


_check_platform()


def _releasing(name: str, result: Any, *arguments: Any) -> Any:
    """A C function during which other Python threads run."""
    return ctypes.CFUNCTYPE(result, *arguments)((name, ffi.dll))


def _holding(name: str, result: Any, *arguments: Any) -> Any:
    """A C function that takes well under a microsecond: not worth letting go of the interpreter."""
    return ctypes.PYFUNCTYPE(result, *arguments)((name, ffi.dll))


_P = c_void_p

store_new = _holding("wasmtime_store_new", _P, _P, _P, _P)
store_context = _holding("wasmtime_store_context", _P, _P)
store_limiter = _holding("wasmtime_store_limiter", None, _P, *[c_int64] * 5)
store_delete = _releasing("wasmtime_store_delete", None, _P)
set_epoch_deadline = _holding("wasmtime_context_set_epoch_deadline", None, _P, c_uint64)
set_epoch_yield = _holding(
    "wasmtime_context_epoch_deadline_async_yield_and_update", None, _P, c_uint64
)
wasi_config_new = _holding("wasi_config_new", _P)
wasi_config_set_env = _holding("wasi_config_set_env", c_bool, _P, c_size_t, _P, _P)
set_wasi = _holding("wasmtime_context_set_wasi", _P, _P, _P)

instantiate_async = _holding("wasmtime_component_linker_instantiate_async", _P, *[_P] * 5)
get_function = _holding("wasmtime_component_instance_get_func", c_bool, _P, _P, _P, _P)
call_async = _holding(
    "wasmtime_component_func_call_async", _P, _P, _P, _P, c_size_t, _P, c_size_t, _P
)
future_poll = _releasing("wasmtime_call_future_poll", c_bool, _P)
future_delete = _releasing("wasmtime_call_future_delete", None, _P)
#: The same, for a future that has finished and so has nothing to undo.
finished_delete = _holding("wasmtime_call_future_delete", None, _P)
value_delete = _releasing("wasmtime_component_val_delete", None, _P)
value_clone = _holding("wasmtime_component_val_clone", None, _P, _P)

engine_increment_epoch = _holding("wasmtime_engine_increment_epoch", None, _P)

linker_root = _holding("wasmtime_component_linker_root", _P, _P)
linker_instance_delete = _holding("wasmtime_component_linker_instance_delete", None, _P)
linker_add_instance = _holding(
    "wasmtime_component_linker_instance_add_instance", _P, _P, _P, c_size_t, _P
)
#: What wasmtime calls for a function of the host: data, context, type, arguments and how many,
#: results and how many. Returns 0, or an error.
HostFunction: Final = ctypes.CFUNCTYPE(_P, _P, _P, _P, _P, c_size_t, _P, c_size_t)
linker_add_function = _holding(
    "wasmtime_component_linker_instance_add_func", _P, _P, _P, c_size_t, HostFunction, _P, _P
)

#: What wasmtime calls when a guest drops a resource of the host: data, context, which one.
Destructor: Final = ctypes.CFUNCTYPE(_P, _P, _P, c_uint32)
linker_add_resource = _holding(
    "wasmtime_component_linker_instance_add_resource",
    *(_P, _P, _P, c_size_t, _P, Destructor, _P, _P),
)
resource_type_new = _holding("wasmtime_component_resource_type_new_host", _P, c_uint32)
resource_type_delete = _holding("wasmtime_component_resource_type_delete", None, _P)
resource_host_new = _holding("wasmtime_component_resource_host_new", _P, c_bool, c_uint32, c_uint32)
resource_host_rep = _holding("wasmtime_component_resource_host_rep", c_uint32, _P)
resource_host_delete = _holding("wasmtime_component_resource_host_delete", None, _P)
resource_from_host = _holding("wasmtime_component_resource_host_to_any", _P, _P, _P, _P)
resource_to_host = _holding("wasmtime_component_resource_any_to_host", _P, _P, _P, _P)
resource_clone = _holding("wasmtime_component_resource_any_clone", _P, _P)
resource_delete = _holding("wasmtime_component_resource_any_delete", None, _P)

_error_new = _holding("wasmtime_error_new", _P, c_void_p)
_error_message = _holding("wasmtime_error_message", None, _P, _P)
_error_exit_status = _holding("wasmtime_error_exit_status", c_bool, _P, _P)
_error_delete = _holding("wasmtime_error_delete", None, _P)
_byte_vec_delete = _holding("wasm_byte_vec_delete", None, _P)

#: Bytes of an instance and of a function, as wasmtime hands them out by value.
INSTANCE_SIZE: Final = ctypes.sizeof(ffi.wasmtime_component_instance_t)
FUNCTION_SIZE: Final = ctypes.sizeof(ffi.wasmtime_component_func_t)
#: Bytes of a value: its kind in the first, what it holds from the eighth on.
VALUE_SIZE: Final = 32
#: The kind of a value that is a resource; the pointer to it stands where other values begin.
RESOURCE: Final = 21

_TWO_POINTERS: Final = struct.Struct("<QQ")


def address_of(owned: Any) -> int:
    """The pointer that an object of the binding owns."""
    return int(ctypes.cast(owned.ptr(), c_void_p).value or 0)


def tune_allocator() -> None:
    """Let glibc keep freed memory up to some size instead of giving it back and faulting it in again.

    Every buffer of a megabyte would be mapped, faulted in and unmapped otherwise, which takes twelve
    times as long as filling it. Costs up to 256 MiB that stay with each heap of the process.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 128 << 20)
        mallopt(_M_TRIM_THRESHOLD, 256 << 20)


_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3


def new_error(message: str) -> int:
    """An error for wasmtime to carry through the guest; it takes ownership."""
    text = message.encode(errors="replace").replace(b"\0", b" ") + b"\0"
    return int(_error_new(id(text) + PAYLOAD))


def take_error(error: int) -> tuple[str, int | None]:
    """All that an error says, and the exit status if it is one; the error is freed."""
    try:
        vector = (c_char * _TWO_POINTERS.size)()
        _error_message(error, ctypes.addressof(vector))
        size, start = _TWO_POINTERS.unpack_from(vector)
        text = MEMORY[start : start + size].decode(errors="replace")
        _byte_vec_delete(ctypes.addressof(vector))
        status = ctypes.c_int32()
        exited = _error_exit_status(error, ctypes.addressof(status))
        return text, status.value if exited else None
    finally:
        _error_delete(error)


def check(error: int | None) -> None:
    """Raise what a function of wasmtime returned as its error, if it did."""
    if error:
        raise WasmtimeError(take_error(error)[0])
