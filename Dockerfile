# One file, one image per process: docker build --target classifier|store|chat|gateway .
# Packages come from the hashed lists as wheels only, so nothing is compiled anywhere and no image holds a compiler.

ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

# ---- the page -------------------------------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS page
WORKDIR /page
COPY gateway/web/package.json gateway/web/package-lock.json gateway/web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY gateway/web ./
RUN npm run build

# ---- packages, one environment per process --------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/venv

FROM builder AS classifier-packages
COPY requirements/classifier.txt /requirements.txt
RUN pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: -r /requirements.txt

FROM builder AS store-packages
COPY requirements/store.txt /requirements.txt
RUN pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: -r /requirements.txt

FROM builder AS chat-packages
COPY requirements/chat.txt /requirements.txt
RUN pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: -r /requirements.txt

FROM builder AS gateway-packages
COPY requirements/gateway.txt /requirements.txt
RUN pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: -r /requirements.txt

# ---- what every process has -----------------------------------------------------------------------------------------
# The folders are made here so that a fresh volume mounted over one of them belongs to the user the processes run as.
FROM ${PYTHON_IMAGE} AS runtime
RUN groupadd --gid 10001 earshot \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin earshot \
 && install -d -o 10001 -g 10001 -m 0700 /keys/private /keys/public /scratch
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONPATH=/app:/app/protos/gen PYTHONUNBUFFERED=1
ENV EARSHOT_ENVIRONMENT=production EARSHOT_METRICS_HOST=0.0.0.0 EARSHOT_METRICS_PORT=9464
WORKDIR /app
COPY LICENSE ./
COPY services/__init__.py services/
COPY services/runtime services/runtime
COPY protos/gen/earshot protos/gen/earshot

# ---- the images -----------------------------------------------------------------------------------------------------
# Bytecode is compiled once here: a read-only root file system could not keep it.
FROM runtime AS classifier
COPY --from=classifier-packages /opt/venv /opt/venv
COPY services/classifier services/classifier
COPY protos/gen/inference protos/gen/inference
RUN python -m compileall -q services protos
ENV EARSHOT_CLASSIFIER_HOST=0.0.0.0 EARSHOT_CLASSIFIER_PORT=50051
USER 10001:10001
EXPOSE 50051
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-m", "services.runtime.healthcheck", "127.0.0.1:50051"]
CMD ["python", "-m", "services.classifier"]

FROM runtime AS store
COPY --from=store-packages /opt/venv /opt/venv
COPY services/store services/store
RUN python -m compileall -q services protos
ENV EARSHOT_STORE_HOST=0.0.0.0 EARSHOT_STORE_PORT=50052
USER 10001:10001
EXPOSE 50052
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-m", "services.runtime.healthcheck", "127.0.0.1:50052"]
CMD ["python", "-m", "services.store"]

FROM runtime AS chat
COPY --from=chat-packages /opt/venv /opt/venv
COPY services/chat services/chat
RUN python -m compileall -q services protos
ENV EARSHOT_CHAT_HOST=0.0.0.0 EARSHOT_CHAT_PORT=50053
USER 10001:10001
EXPOSE 50053
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-m", "services.runtime.healthcheck", "127.0.0.1:50053"]
CMD ["python", "-m", "services.chat"]

FROM runtime AS gateway
COPY --from=gateway-packages /opt/venv /opt/venv
COPY protos/gen/earshot_client protos/gen/earshot_client
COPY gateway/*.py gateway/
COPY gateway/clients gateway/clients
COPY gateway/importing gateway/importing
COPY gateway/routes gateway/routes
COPY gateway/shapes gateway/shapes
COPY --from=page /page/dist gateway/web/dist
RUN python -m compileall -q services gateway protos
ENV EARSHOT_HTTP_HOST=0.0.0.0 EARSHOT_HTTP_PORT=8080
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-m", "services.runtime.healthcheck", "http://127.0.0.1:8080/readyz"]
CMD ["python", "-m", "gateway"]
