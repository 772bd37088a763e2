"""What training costs in multiply-adds, counted from the shapes of the model."""

from __future__ import annotations

from ftsec.testbed.model import ModelConfig

BACKWARD = 2  # the backward pass multiplies twice for every product of the forward pass


def forward_multiply_adds(config: ModelConfig, tail: int | None = None) -> int:
    """Multiply-adds of one document's forward pass; the last block works for the last `tail` positions only.

    Embeddings are looked up and cost none. Attention counts scores and mixing over all positions, as it is computed.
    """
    total, width, length = 0, config.width, config.length
    for layer in range(config.n_layers):
        keep = (tail or length) if layer == config.n_layers - 1 else length
        total += length * width * 3 * width  # queries, keys and values
        total += 2 * keep * length * width  # scores, and values mixed by them
        total += keep * width * width + 2 * keep * width * 2 * width  # output and feed-forward
    return total + (tail or length) * width * config.vocabulary


def training_multiply_adds(config: ModelConfig, n_documents: int, tail: int | None = None) -> int:
    """Multiply-adds of training on so many documents, forward and backward."""
    return n_documents * (1 + BACKWARD) * forward_multiply_adds(config, tail)
