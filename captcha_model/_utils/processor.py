"""What the processor can do."""

from pathlib import Path

_FACTS = Path("/proc/cpuinfo")


def multiplies_bfloat16() -> bool:
    """Return whether the processor multiplies bfloat16 faster than float32.

    Those with AMX do, and AMD's with AVX-512. Intel's instructions for bfloat16 in AVX-512 multiply
    no more numbers in a second than those for float32, so that converting them costs more than they
    save. Only Linux tells; elsewhere it is False.
    """
    flags = _flags()
    return "amx_bf16" in flags or ("avx512_bf16" in flags and _fact("vendor_id") != "GenuineIntel")


def multiplies_8_bit() -> bool:
    """Return whether the processor has instructions for sums of products of 8 bits (VNNI or AMX).

    Without them such products are hardly faster than those of float32. Only Linux tells; elsewhere
    it is False.
    """
    return not _flags().isdisjoint({"avx512_vnni", "avx_vnni", "amx_int8"})


def _flags() -> frozenset[str]:
    """Return the names of the instruction sets of the first core."""
    return frozenset(_fact("flags").split())


def _fact(name: str) -> str:
    """Return what is said of the first core, or nothing."""
    try:
        with _FACTS.open(encoding="utf-8", errors="replace") as lines:
            # Only of the first core: a machine of hundreds takes long to write all of them.
            first = next((line for line in lines if line.startswith(name)), "")
    except OSError:
        return ""
    return first.partition(":")[2].strip()
