"""How much each word says in the embedding: rare ones most (smooth inverse frequency; Arora, Liang and Ma 2017).

"A Simple but Tough-to-Beat Baseline for Sentence Embeddings" weighs a word by a / (a + its share of all words). In the
mean of the last hidden states it makes custom categories of 10 examples better by 0.3 points (see `bench/README.md`).
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np
from tokenizers import Tokenizer

from services.classifier.scoring.calibration import Floats


def word_weights(tokenizer: Tokenizer, texts: Iterable[str], rarity: float) -> Floats:
    """`[vocabulary]`, each above 0 and up to 1; a word no text has weighs 1, and with `rarity` 0 every word does."""
    size = tokenizer.get_vocab_size()
    if not rarity:
        return np.ones(size, dtype=np.float32)
    found = Counter(token for encoding in tokenizer.encode_batch(list(texts)) for token in encoding.ids)
    counts = np.array([found[token] for token in range(size)], dtype=np.float32)
    weights: Floats = rarity / (rarity + counts / max(counts.sum(), 1.0))
    return weights
