# One file, one image per process: docker build --target classifier|store|chat|gateway .
# Packages come from the hashed lists as wheels only, so nothing is compiled anywhere and no image holds a compiler.
# The images hold no distribution either: a root made of the few Debian packages that Python needs, without shell,
# package manager or perl. `make images-check` builds them, starts each as it is deployed, and measures it.

ARG DEBIAN_IMAGE=debian:bookworm-slim
ARG NODE_IMAGE=node:22-bookworm-slim

# ---- the page -------------------------------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS page
WORKDIR /page
COPY gateway/web/package.json gateway/web/package-lock.json gateway/web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY gateway/web ./
RUN npm run build

# ---- packages, one environment per process --------------------------------------------------------------------------
FROM ${DEBIAN_IMAGE} AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 python3-pip python3-venv \
 && python3 -m venv --without-pip /opt/venv

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

# ---- the root: Debian's Python 3.11 and what it and the wheels link to -----------------------------------------------
# Unpacked, not installed. What a package says of itself stays, for licences and for scanners, which read status.d.
FROM builder AS root
WORKDIR /root-of-images
RUN mkdir -p /packages usr/bin usr/lib usr/lib64 usr/sbin var/lib/dpkg/status.d etc/ssl/certs \
 && ln -s usr/bin bin && ln -s usr/lib lib && ln -s usr/lib64 lib64 && ln -s usr/sbin sbin \
 && cd /packages \
 && apt-get download base-files netbase tzdata libc6 libgcc-s1 libstdc++6 zlib1g libbz2-1.0 liblzma5 libcrypt1 libdb5.3 \
      libexpat1 libffi8 libsqlite3-0 libssl3 libuuid1 python3.11-minimal libpython3.11-minimal libpython3.11-stdlib \
 && for package in *.deb; do \
      dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C /root-of-images --exclude=./usr/share/man \
        --exclude=./usr/share/locale --exclude=./usr/share/lintian --exclude='./usr/lib/*/gconv/[A-Z]*' \
      && dpkg-deb --field "$package" > "/root-of-images/var/lib/dpkg/status.d/${package%%_*}" || exit 1; done \
 && cd /root-of-images \
 && find usr/share/doc -type f ! -name copyright -delete \
 && cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ \
 && printf 'root:x:0:0:root:/root:/none\nearshot:x:10001:10001::/nonexistent:/none\n' > etc/passwd \
 && printf 'root:x:0:\nearshot:x:10001:\n' > etc/group \
 && printf 'hosts: files dns\n' > etc/nsswitch.conf \
 && ln -s python3.11 usr/bin/python3 \
 && python3 -m compileall -q -s /root-of-images usr/lib/python3.11 \
 && install -d -m 0700 /folders/keys/private /folders/keys/public /folders/scratch

# ---- what every process has -----------------------------------------------------------------------------------------
# The folders are there so that a fresh volume mounted over one of them belongs to the user the processes run as.
FROM scratch AS runtime
COPY --from=root /root-of-images /
COPY --from=root --chown=10001:10001 /folders/keys /keys
COPY --from=root --chown=10001:10001 /folders/scratch /scratch
ENV PATH=/opt/venv/bin:/usr/bin PYTHONPATH=/app:/app/protos/gen PYTHONUNBUFFERED=1 \
  SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
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
RUN ["python", "-m", "compileall", "-q", "services", "protos"]
ENV EARSHOT_CLASSIFIER_HOST=0.0.0.0 EARSHOT_CLASSIFIER_PORT=50051
USER 10001:10001
EXPOSE 50051
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
  CMD ["python", "-m", "services.runtime.healthcheck", "127.0.0.1:50051"]
CMD ["python", "-m", "services.classifier"]

FROM runtime AS store
COPY --from=store-packages /opt/venv /opt/venv
COPY services/store services/store
RUN ["python", "-m", "compileall", "-q", "services", "protos"]
ENV EARSHOT_STORE_HOST=0.0.0.0 EARSHOT_STORE_PORT=50052
USER 10001:10001
EXPOSE 50052
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
  CMD ["python", "-m", "services.runtime.healthcheck", "127.0.0.1:50052"]
CMD ["python", "-m", "services.store"]

FROM runtime AS chat
COPY --from=chat-packages /opt/venv /opt/venv
COPY services/chat services/chat
RUN ["python", "-m", "compileall", "-q", "services", "protos"]
ENV EARSHOT_CHAT_HOST=0.0.0.0 EARSHOT_CHAT_PORT=50053
USER 10001:10001
EXPOSE 50053
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
  CMD ["python", "-m", "services.runtime.healthcheck", "127.0.0.1:50053"]
CMD ["python", "-m", "services.chat"]

FROM runtime AS gateway
COPY --from=gateway-packages /opt/venv /opt/venv
COPY protos/gen/earshot_client protos/gen/earshot_client
COPY gateway/*.py gateway/
COPY gateway/clients gateway/clients
COPY gateway/connectors gateway/connectors
COPY gateway/importing gateway/importing
COPY gateway/routes gateway/routes
COPY gateway/shapes gateway/shapes
COPY --from=page /page/dist gateway/web/dist
RUN ["python", "-m", "compileall", "-q", "services", "gateway", "protos"]
ENV EARSHOT_HTTP_HOST=0.0.0.0 EARSHOT_HTTP_PORT=8080
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
  CMD ["python", "-m", "services.runtime.healthcheck", "http://127.0.0.1:8080/readyz"]
CMD ["python", "-m", "gateway"]
