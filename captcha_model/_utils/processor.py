"""What the processor can do."""

from pathlib import Path

_FACTS = Path("/proc/cpuinfo")


def multiplies_bfloat16() -> bool:
    """Return whether the processor has instructions for bfloat16 (AVX-512 or AMX).

    Only Linux tells; elsewhere it is False.
    """
    return not _flags().isdisjoint({"avx512_bf16", "amx_bf16"})


def multiplies_8_bit() -> bool:
    """Return whether the processor has instructions for sums of products of 8 bits (VNNI or AMX).

    Without them such products are hardly faster than those of float32. Only Linux tells; elsewhere
    it is False.
    """
    return not _flags().isdisjoint({"avx512_vnni", "avx_vnni", "amx_int8"})


def _flags() -> frozenset[str]:
    """Return the names of the instruction sets of the first core."""
    try:
        with _FACTS.open(encoding="utf-8", errors="replace") as lines:
            # Only of the first core: a machine of hundreds takes long to write all of them.
            first = next((line for line in lines if line.startswith("flags")), "")
    except OSError:
        return frozenset()
    return frozenset(first.split())
