"""The network: one DistilBERT encoder, and every answer from one pass over the text.

- labels: one logit each. A label attends to the tokens that carry it (label attention as in Mullenbach et al.,
  "Explainable Prediction of Medical Codes", 2018), so that two needs in one message do not blur into one vector; the
  pooled message adds the rest.
- sentiment, where the task has one: three logits from the pooled message.
- embedding: the mean over the tokens, length one. Served, rare words weigh more in it; while training they do not, so
  that it can be held near the original encoder's.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional
from transformers import DistilBertConfig, DistilBertModel, DistilBertPreTrainedModel
from transformers.utils import ModelOutput

from services.classifier.training.task import Task

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


class View(NamedTuple):
    """A batch of texts as the network sees it."""

    hidden: torch.Tensor
    """The last layer, `[batch, length, dim]`."""
    logits: torch.Tensor
    """Of every label by itself, `[batch, labels]`."""
    sentiment: torch.Tensor | None
    """Logits of the mood, `[batch, 3]`; None of a task without one."""
    mean: torch.Tensor
    """Mean of `hidden` over the tokens, `[batch, dim]`."""


class MultiTaskModel(DistilBertPreTrainedModel):  # type: ignore[misc, unused-ignore]  # transformers is untyped
    """Labels, sentiment and embedding of a batch of texts."""

    def __init__(self, config: DistilBertConfig, task: Task) -> None:
        super().__init__(config)
        labels = len(task.labels)
        self.task = task
        self.distilbert = DistilBertModel(config)
        self.dropout = nn.Dropout(0.15)
        self.intent_attention = nn.Linear(config.dim, labels, bias=False)
        self.intent_output = nn.Parameter(torch.empty(labels, config.dim))
        self.intent_pooled = nn.Linear(3 * config.dim, labels)
        self.sentiment = nn.Linear(3 * config.dim, len(task.sentiments)) if task.sentiments else None
        self.register_buffer("scale", torch.ones(labels), persistent=False)
        self.register_buffer("bias", torch.zeros(labels), persistent=False)
        self.register_buffer("word_weights", torch.ones(config.vocab_size))
        self.post_init()
        nn.init.normal_(self.intent_output, std=0.02)

    def head_parameters(self) -> list[nn.Parameter]:
        """Parameters that start untrained and take the larger learning rate."""
        return [parameter for name, parameter in self.named_parameters() if not name.startswith("distilbert.")]

    def start_from_names(self, names: torch.Tensor, strength: float) -> None:
        """Let each label's pooled output start along its own name's mean hidden state, `[labels, dim]`.

        A text that reads like the name of a label then gets about `strength` more for it than for the average label.
        """
        directions = (names - names.mean(0)) * (strength / names.norm(dim=1).mean() ** 2)
        dim = self.config.dim
        with torch.no_grad():
            self.intent_pooled.weight[:, dim : 2 * dim] += directions

    def weigh_words(self, weights: torch.Tensor) -> None:
        """Let each word of the vocabulary, `[vocab_size]`, weigh that much in the served embedding."""
        self.word_weights.copy_(weights)

    def fold_calibration(self, scale: torch.Tensor, bias: torch.Tensor) -> None:
        """Make `scale` × logit + `bias`, both `[labels]`, the logit of the model in evaluation mode."""
        self.scale.copy_(scale)
        self.bias.copy_(bias)

    def view(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> View:
        """What the network makes of int64 tokens `[batch, length]`, before anything is made of it for who is served."""
        hidden = self.distilbert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask[:, :, None].to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        largest = (hidden + (1.0 - mask) * _MASKED).amax(1)
        dropped = self.dropout(hidden)
        pooled = self.dropout(torch.cat([hidden[:, 0], mean, largest], dim=-1))
        weights = torch.softmax(self.intent_attention(dropped) + (1.0 - mask) * _MASKED, dim=1)
        attended = weights.transpose(1, 2) @ dropped
        return View(
            hidden=hidden,
            logits=(attended * self.intent_output).sum(-1) + self.intent_pooled(pooled),
            sentiment=None if self.sentiment is None else self.sentiment(pooled),
            mean=mean,
        )

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: object) -> ModelOutput:
        """The task's outputs for int64 tokens `[batch, length]`: logits `[batch, labels]`, embedding `[batch, dim]`."""
        view = self.view(input_ids, attention_mask)
        found = {self.task.label_output: self._answered(view.logits)}
        if view.sentiment is not None:
            found["sentiment_logits"] = view.sentiment
        weights = (attention_mask * self.word_weights[input_ids])[:, :, None]
        embedded = view.mean if self.training else (view.hidden * weights).sum(1)
        return ModelOutput(found | {"embedding": functional.normalize(embedded, dim=-1)})

    def _answered(self, logits: torch.Tensor) -> torch.Tensor:
        if self.training:
            return logits
        if self.task.multi_label and self.task.at_least_one:
            logits = given_at_least_one(logits)
        return logits * self.scale + self.bias
