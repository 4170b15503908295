"""The classifier's process: `python -m services.classifier`."""

import asyncio
import sys

from threadpoolctl import threadpool_limits

from earshot.classifier.v1.classifier_pb2_grpc import add_ClassifierServiceServicer_to_server
from inference.grpc_predict_v2_pb2_grpc import add_GRPCInferenceServiceServicer_to_server
from services.classifier.contract.open_inference_servicer import SERVICE_NAME as OPEN_INFERENCE
from services.classifier.contract.open_inference_servicer import OpenInferenceServicer
from services.classifier.contract.servicer import SERVICE_NAME, ClassifierServicer
from services.classifier.language_model.opening import opened
from services.classifier.lifecycle.model_host import ModelHost
from services.classifier.metrics import classifier_metrics
from services.classifier.settings import ClassifierSettings
from services.runtime.auth import TokenVerifier
from services.runtime.grpc_server import GrpcService, Listen
from services.runtime.log import configure_logging
from services.runtime.metrics import new_registry
from services.runtime.server import serve
from services.runtime.settings import load_settings_or_exit
from services.runtime.trace_export import exported_traces


async def main(settings: ClassifierSettings) -> int:
    """Serves until told to stop; returns the exit code."""
    registry = new_registry()
    metrics = classifier_metrics(registry)
    async with ModelHost(settings, metrics) as host, opened(settings) as upstream:
        servicer = ClassifierServicer(
            host.model, host=host, metrics=metrics, upstream=upstream, low_confidence=settings.low_confidence
        )
        open_inference = OpenInferenceServicer(host.model)
        return await serve(
            settings=settings,
            listen=Listen(
                host=settings.classifier_host, port=settings.classifier_port, setting="EARSHOT_CLASSIFIER_PORT"
            ),
            services=[
                GrpcService(
                    name=SERVICE_NAME,
                    register=lambda server: add_ClassifierServiceServicer_to_server(servicer, server),
                    requires=("model",),
                ),
                GrpcService(
                    name=OPEN_INFERENCE,
                    register=lambda server: add_GRPCInferenceServiceServicer_to_server(open_inference, server),
                    requires=("model",),
                ),
            ],
            verifier=TokenVerifier.from_file(settings.public_key_file, leeway_seconds=settings.token_leeway_seconds),
            registry=registry,
            checks={"model": host.check},
        )


def run() -> int:
    """Reads the settings, then serves with logs and traces going where they say."""
    settings = load_settings_or_exit(ClassifierSettings)
    configure_logging(settings, service="classifier")
    # The workers share the cores already. BLAS threads of small products spin after them and took two fifths more CPU.
    with threadpool_limits(limits=1, user_api="blas"), exported_traces(settings, service="classifier"):
        return asyncio.run(main(settings))


if __name__ == "__main__":
    sys.exit(run())
