"""A process that reads an LMDB file, so that a damaged one cannot end the process that asks.

LMDB maps its file into memory and follows the page numbers in it. A truncated file ends the process
with SIGBUS, which no Python code can catch.

For every line on stdin, which is a key in ASCII, it writes 8 bytes to stdout, the size of the value
(big-endian, -1 for a missing key), and the value. The line `labels N` asks for the values of
`label-000000001` to `label-N`. The first answer, without a question, is empty or says why the file
cannot be opened.
"""

import sys
from collections.abc import Callable
from typing import Any, BinaryIO


def main(folder: str, questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the questions end."""

    def answer(value: bytes | None) -> None:
        answers.write((-1 if value is None else len(value)).to_bytes(8, "big", signed=True))
        answers.write(value or b"")

    try:
        import lmdb

        transaction: Any = lmdb.open(
            folder, readonly=True, create=False, lock=False, readahead=False, max_dbs=0
        ).begin()
    except Exception as error:  # Whatever it is, the other process reports it.
        answer(f"{type(error).__name__}: {error}".encode())
        answers.flush()
        return
    answer(b"")
    answers.flush()
    _serve(questions, transaction.get, answer, answers)


def _serve(
    questions: BinaryIO,
    get: Callable[[bytes], bytes | None],
    answer: Callable[[bytes | None], None],
    answers: BinaryIO,
) -> None:
    for line in questions:
        command, _, count = line.strip().partition(b" ")
        if command == b"labels":
            for number in range(1, int(count) + 1):
                answer(get(b"label-%09d" % number))
        else:
            answer(get(command))
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
