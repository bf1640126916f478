"""Return memory that is free, but still held by the C library, to the kernel."""

import ctypes


def return_free_memory() -> None:
    """Let the steps of a large work use the memory of those before, which glibc holds. Other libraries need no call."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
