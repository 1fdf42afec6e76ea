"""Order in the heap after something big was loaded."""

import ctypes
import gc
import sys


def settle() -> None:
    """Give free memory back, and keep the garbage collector off what has come to stay.

    A full collection walks through everything that is loaded, for some 50 ms in which nothing is
    answered. glibc keeps what was freed while a model was built, some 15 MB.
    """
    gc.collect()
    gc.freeze()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
