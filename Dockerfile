# Serves one exported Bento. `make image` makes the build context: see scripts/image.py.
ARG BASE=docker.io/library/python:3.11-slim

# What runs: the Bento and its own hashed lock, without what serving never needs.
FROM ${BASE} AS packages
# Both secrets are optional: a pip.conf, and the CA certificates that it names.
ENV PIP_CONFIG_FILE=/run/secrets/pip PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY serving.lock .
RUN --mount=type=secret,id=pip --mount=type=secret,id=ca \
    python3 -m venv /opt/tools && python3 -m venv --without-pip /opt/venv \
    && /opt/tools/bin/pip --python=/opt/venv install --quiet --require-hashes --no-deps \
        --only-binary=:all: --no-compile --requirement serving.lock \
    && find /opt/venv -depth -type d -name tests -exec rm -r {} + \
    && find /opt/venv -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' \
        -o -name '*.[ach]' \) -delete \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib

FROM packages AS sbom
COPY sbom.lock .
RUN --mount=type=secret,id=pip --mount=type=secret,id=ca \
    /opt/tools/bin/pip install --quiet --require-hashes --no-deps --only-binary=:all: \
        --no-compile --requirement sbom.lock \
    && mkdir /sbom \
    && /opt/tools/bin/cyclonedx-py environment --output-reproducible \
        --output-file /sbom/sbom.cdx.json /opt/venv

FROM ${BASE} AS bento
COPY bento /opt/bento
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /opt/bento/src \
    && chmod -R u=rwX,go=rX /opt/bento

FROM ${BASE}
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin gatehouse \
    && install --directory --owner=gatehouse --group=gatehouse /var/log/gatehouse
COPY --from=packages /opt/venv /opt/venv
COPY --from=sbom /sbom /usr/share/sbom
COPY --from=bento /opt/bento /opt/bento
# BENTOML_CONTAINERIZED stays unset: with it, BentoML would not replace a worker that died.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 PYTHONFAULTHANDLER=1 PYTHONUNBUFFERED=1 \
    HOME=/tmp TMPDIR=/tmp BENTOML_HOME=/tmp/bentoml BENTOML_DO_NOT_TRACK=true \
    BENTOML_HOST=0.0.0.0 BENTOML_PORT=3000 \
    GATEHOUSE_LOG_FOLDER=/var/log/gatehouse
VOLUME /var/log/gatehouse
WORKDIR /opt/bento
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-I", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"BENTOML_PORT\"]}/health', timeout=4)"]
ENTRYPOINT ["bentoml", "serve", "/opt/bento"]
