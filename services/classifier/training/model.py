"""The network: one DistilBERT encoder, and every answer from one pass over the text.

- intents: 26 independent logits. Each intent attends to the tokens that carry it (label attention as in Mullenbach et
  al., "Explainable Prediction of Medical Codes", 2018), so that two needs in one message do not blur into one vector;
  the pooled message adds the rest.
- sentiment: three logits from the pooled message.
- embedding: the mean over the tokens, length one, kept near the original encoder's by the distillation loss.
"""

import torch
from torch import nn
from torch.nn import functional
from transformers import DistilBertConfig, DistilBertModel, DistilBertPreTrainedModel
from transformers.utils import ModelOutput

_MASKED = -1e4


def given_at_least_one(logits: torch.Tensor) -> torch.Tensor:
    """Logits `[batch, labels]` of independent labels, conditioned on at least one of them holding.

    Every message carries an intent, which independent sigmoids do not know: unsure of a text, they call all of them
    improbable. With q the probability that no *other* label holds, the odds given that not none holds are
    p / (1 − p) / (1 − q).
    """
    nothing = -functional.softplus(logits)
    no_other = torch.exp(nothing.sum(1, keepdim=True) - nothing)
    return logits - torch.log((1.0 - no_other).clamp(min=1e-6))


class MultiTaskModel(DistilBertPreTrainedModel):  # type: ignore[misc, unused-ignore]  # transformers is untyped
    """Intents, sentiment and embedding of a batch of texts."""

    def __init__(self, config: DistilBertConfig, intents: int = 26, sentiments: int = 3) -> None:
        super().__init__(config)
        self.distilbert = DistilBertModel(config)
        self.dropout = nn.Dropout(0.15)
        self.intent_attention = nn.Linear(config.dim, intents, bias=False)
        self.intent_output = nn.Parameter(torch.empty(intents, config.dim))
        self.intent_pooled = nn.Linear(3 * config.dim, intents)
        self.sentiment = nn.Linear(3 * config.dim, sentiments)
        self.post_init()
        nn.init.normal_(self.intent_output, std=0.02)

    def head_parameters(self) -> list[nn.Parameter]:
        """Parameters that start untrained and take the larger learning rate."""
        return [parameter for name, parameter in self.named_parameters() if not name.startswith("distilbert.")]

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: object) -> ModelOutput:
        """Logits `[batch, 26]` and `[batch, 3]`, embedding `[batch, 384]` of tokens `[batch, length]` (int64)."""
        hidden = self.distilbert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask[:, :, None].to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        largest = (hidden + (1.0 - mask) * _MASKED).amax(1)
        dropped = self.dropout(hidden)
        pooled = self.dropout(torch.cat([hidden[:, 0], mean, largest], dim=-1))
        weights = torch.softmax(self.intent_attention(dropped) + (1.0 - mask) * _MASKED, dim=1)
        attended = weights.transpose(1, 2) @ dropped
        independent = (attended * self.intent_output).sum(-1) + self.intent_pooled(pooled)
        return ModelOutput(
            intent_logits=independent if self.training else given_at_least_one(independent),
            sentiment_logits=self.sentiment(pooled),
            embedding=functional.normalize(mean, dim=-1),
        )
