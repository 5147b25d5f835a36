"""Counts the words of text files."""

import argparse
import re
from collections import Counter
from pathlib import Path

WORD = re.compile(r"[a-z']+")


def count_words(text: str) -> Counter[str]:
    """Count every word, ignoring case."""
    return Counter(WORD.findall(text.lower()))


def count_files(paths: list[Path]) -> Counter[str]:
    total: Counter[str] = Counter()
    for path in paths:
        total.update(count_words(path.read_text()))
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--top", type=int, default=10, help="how many words to print")
    args = parser.
    for word, count in count_files(args.paths).most_common(args.top):
        print(f"{count:6d} {word}")


if __name__ == "__main__":
    main()
