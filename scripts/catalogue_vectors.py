"""Writes knowledge/vectors/: the vectors of the shipped catalogue's texts. Run it after editing them.

A test fails when a text of the catalogue has no vector in the file, or the file has texts that are gone.
"""

from __future__ import annotations

from triage.analysts.vectors import shipped_file, text_key, write_vectors
from triage.catalogue import load_catalogue
from triage.retrieval.embed import SentenceEncoder


def main() -> None:
    """Encode every exemplar and question."""
    encoder = SentenceEncoder()
    texts = load_catalogue().texts()
    vectors = dict(zip(map(text_key, texts), encoder.encode(texts), strict=True))
    write_vectors(shipped_file(encoder), vectors)
    print(f"{len(vectors)} vectors in {shipped_file(encoder).name}")


if __name__ == "__main__":
    main()
