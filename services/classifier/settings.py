"""Settings of the classifier's process."""

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator, model_validator

from services.classifier.labelling.low_confidence import LLM, MODEL, REVIEW, RULES, BackEnd, DoubtStep, LowConfidence
from services.classifier.model_source import ModelSource, is_allowed
from services.runtime.labels import INTENTS
from services.runtime.llm_settings import LlmSettings
from services.runtime.settings import Port

DEFAULT_MODEL: Final = Path(__file__).parent / "model"
MAX_TEXTS_PER_REQUEST: Final = 256


def _core_count() -> int:
    # The cores this process may use, which in a container or under taskset are fewer than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ClassifierSettings(LlmSettings):
    """What the classifier reads from the environment."""

    classifier_host: str = Field(default="127.0.0.1", description="Address the classifier listens on.")
    classifier_port: Port = Field(default=50051, description="Port the classifier listens on.")
    classifier_model: Path = Field(
        default=DEFAULT_MODEL, description="Folder of the model artefact; by default the one that ships with Earshot."
    )
    classifier_model_url: str = Field(
        default="",
        description="https URL of an artefact as .tar.gz or .zip, fetched once and served in place of "
        "EARSHOT_CLASSIFIER_MODEL.",
    )
    classifier_model_sha256: str = Field(
        default="",
        pattern="^([0-9a-f]{64})?$",
        description="SHA-256 of that archive; needed with the URL. An archive with another one is refused.",
    )
    classifier_model_cache: Path = Field(
        default=Path("~/.cache/earshot/models"),
        description="Folder in which fetched models are kept, by their SHA-256.",
    )
    classifier_model_max_mb: float = Field(
        default=1024, gt=0, description="Largest archive that is fetched, and largest sum of the files in it."
    )
    classifier_model_allow_http: bool = Field(
        default=False, description="Fetch by plain http also from other machines than this one."
    )
    classifier_models: Path | None = Field(
        default=None, description="Folder of further artefacts, a folder each, that ActivateModel may name."
    )
    classifier_gate_margin: float = Field(
        default=0.03,
        ge=0,
        le=1,
        description="How far a label's F1 on the golden set may fall before ActivateModel refuses a model.",
    )
    classifier_device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where the model runs; `auto` takes a GPU where onnxruntime-gpu and one are there."
    )
    classifier_compute: Literal["auto", "float32", "int8"] = Field(
        default="auto",
        description="What matrices are multiplied in. `auto` takes int8 where a check at the start finds it to agree "
        "with float32 and to be faster on this machine; GetModelInfo says what came of it.",
    )
    classifier_workers: int | None = Field(
        default=None, ge=1, le=256, description="Model runs at the same time, one thread each; by default one per core."
    )
    classifier_queue_texts: int = Field(
        default=1024,
        ge=MAX_TEXTS_PER_REQUEST,
        description="Texts admitted at a time, waiting or running; more answer RESOURCE_EXHAUSTED (QUEUE_FULL).",
    )
    classifier_batch_texts: int = Field(default=32, ge=1, le=256, description="Most texts in one model run.")
    classifier_batch_tokens: int = Field(
        default=512, ge=1, description="Most padded tokens (longest text × count) in one model run of several texts."
    )
    classifier_cache_mb: float = Field(
        default=16, ge=0, le=4096, description="Memory for answers to recent texts, about 4 KB each; 0 keeps none."
    )
    classifier_back_end: BackEnd = Field(
        default="model",
        description="Who labels in Classify: the model; `cascade`, the language model where the model abstains; or "
        "`llm`, the language model always. The latter two need an upstream (EARSHOT_LLM_BASE_URL).",
    )
    classifier_doubt_steps: tuple[DoubtStep, ...] | None = Field(
        default=None,
        description="What is tried on a text that the model abstains on, in this order until it is settled, as JSON "
        "list: `rules` (EARSHOT_CLASSIFIER_WORD_RULES), `llm` (needs an upstream) and `review`, which leaves it to "
        "people. By default in this order: rules where there are any, llm where the back end asks it, review.",
    )
    classifier_word_rules: dict[str, str] = Field(
        default={},
        description="Words or phrases and the intent that they mean in a text that the model abstains on, as JSON "
        "object; the first that occurs decides.",
    )
    classifier_disabled_rules: frozenset[Literal["blank_is_smalltalk", "standalone_intents"]] = Field(
        default=frozenset(), description="Rules of the label guide that are not applied after the model, as JSON list."
    )

    @field_validator("classifier_doubt_steps")
    @classmethod
    def _leads_to_an_end(cls, steps: tuple[DoubtStep, ...] | None) -> tuple[DoubtStep, ...] | None:
        if steps is not None and len(set(steps)) < len(steps):
            raise ValueError("names a step twice")
        if steps is not None and REVIEW not in steps:
            raise ValueError("must name review: what no other step settles is left to people")
        return steps

    @field_validator("classifier_word_rules")
    @classmethod
    def _speak_of_intents(cls, rules: dict[str, str]) -> dict[str, str]:
        if not all(phrase.strip() for phrase in rules):
            raise ValueError("holds a phrase without a word")
        if not set(rules.values()) <= set(INTENTS):
            raise ValueError(f"names what is no intent; those are {', '.join(INTENTS)}")
        return rules

    @model_validator(mode="after")
    def _has_its_back_end(self) -> "ClassifierSettings":
        if self.classifier_back_end != MODEL and not self.upstream_base_url:
            raise ValueError(f"EARSHOT_CLASSIFIER_BACK_END={self.classifier_back_end} needs EARSHOT_LLM_BASE_URL")
        return self

    @model_validator(mode="after")
    def _has_what_its_steps_need(self) -> "ClassifierSettings":
        steps = self.classifier_doubt_steps
        if steps is None:
            return self
        if LLM in steps and not self.upstream_base_url:
            raise ValueError("llm among EARSHOT_CLASSIFIER_DOUBT_STEPS needs EARSHOT_LLM_BASE_URL")
        if LLM not in steps and self.classifier_back_end != MODEL:
            raise ValueError(
                f"EARSHOT_CLASSIFIER_BACK_END={self.classifier_back_end} needs llm among EARSHOT_CLASSIFIER_DOUBT_STEPS"
            )
        if (RULES in steps) != bool(self.classifier_word_rules):
            raise ValueError(
                "rules among EARSHOT_CLASSIFIER_DOUBT_STEPS and EARSHOT_CLASSIFIER_WORD_RULES need each other"
            )
        return self

    @model_validator(mode="after")
    def _knows_what_it_fetches(self) -> "ClassifierSettings":
        if bool(self.classifier_model_url) != bool(self.classifier_model_sha256):
            raise ValueError("EARSHOT_CLASSIFIER_MODEL_URL and EARSHOT_CLASSIFIER_MODEL_SHA256 need each other")
        if self.classifier_model_url and not is_allowed(
            self.classifier_model_url, allow_http=self.classifier_model_allow_http
        ):
            raise ValueError(
                "EARSHOT_CLASSIFIER_MODEL_URL must begin with https:// (http:// only from this machine, or with "
                "EARSHOT_CLASSIFIER_MODEL_ALLOW_HTTP)"
            )
        return self

    @property
    def low_confidence(self) -> LowConfidence:
        """What is done with a text that the model abstains on."""
        set_up: dict[DoubtStep, bool] = {
            RULES: bool(self.classifier_word_rules),
            LLM: self.classifier_back_end != MODEL,
            REVIEW: True,
        }
        return LowConfidence(
            back_end=self.classifier_back_end,
            steps=self.classifier_doubt_steps or tuple(step for step, there in set_up.items() if there),
            word_rules=self.classifier_word_rules,
        )

    @property
    def model_source(self) -> ModelSource | None:
        """Where to fetch the model; None when it lies in `classifier_model`."""
        if not self.classifier_model_url:
            return None
        return ModelSource(
            url=self.classifier_model_url,
            sha256=self.classifier_model_sha256,
            cache=self.classifier_model_cache.expanduser(),
            max_bytes=round(self.classifier_model_max_mb * 1_000_000),
            allow_http=self.classifier_model_allow_http,
        )

    @property
    def worker_count(self) -> int:
        """Number of worker threads."""
        return self.classifier_workers or _core_count()
