"""Byte-pair encoding by its definition: every pair counted anew before each merge, on ASCII text."""

import re
from collections import Counter

text = (
    "The quick brown fox jumps over the lazy dog. The dog sleeps; the fox doesn't. It's the lower, the lowest, the "
    "newest and the widest of the wider world.  In 1984 and 2024, the fox's 42 friends sing: 'sing, sing, sing!'\n"
    "the theme of the thesis is the theory of the other\n\n  there and then\n"
)
pieces = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


def letters(piece):
    return [{" ": "\u0120", "\n": "\u010a"}.get(character, character) for character in piece]


def merged(tokens, pair):
    out, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == pair:
            out.append("".join(pair))
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


def byte_pairs():
    words = [letters(piece) for piece in pieces.findall(text)]
    merges = []
    for _ in range(60):
        counts = Counter((a, b) for word in words for a, b in zip(word, word[1:]))
        most = max(counts.values(), default=0)
        if most < 2:
            break
        best = min(f"{a} {b}" for (a, b), n in counts.items() if n == most)
        pair = tuple(best.split(" "))
        merges.append(list(pair))
        words = [merged(word, pair) for word in words]

    def encode(sentence):
        tokens = []
        for piece in pieces.findall(sentence):
            word = letters(piece)
            for pair in merges:
                word = merged(word, tuple(pair))
            tokens += word
        return tokens

    sentences = ["the other fox sings lower", "It's 1984, isn't it?  Then...", "unseen words\n\nxyz"]
    return {"text": text, "merges": merges, "encoded": {sentence: encode(sentence) for sentence in sentences}}


files = {"tokenizers": byte_pairs}
