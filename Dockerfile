# The registry's server and command.
#
#   docker build -t wirepact-registry .
#   docker run --read-only --tmpfs /tmp -p 127.0.0.1:8081:8081 -v wirepact:/var/lib/wirepact \
#     -e WIREPACT_ALLOW_ANYONE=yes wirepact-registry
#
# To try it, that is. Within the container it listens to all who reach it, so it does not
# start before it is told to ask them who they are (WIREPACT_AUTHENTICATION=on) or not to.
# Certificates and secrets are mounted as files, readable by user 10001, and named by
# WIREPACT_TLS_CERTIFICATE, WIREPACT_TLS_KEY and WIREPACT_DATABASE_URL_FILE:
# docs/how-to/run-in-production.md.
#
# The tag follows the fixes of its branch. For the same bytes each time, look the digest
# up with `docker buildx imagetools inspect python:3.11-slim-bookworm` and build with
# `--build-arg PYTHON=python:3.11-slim-bookworm@sha256:...`.
ARG PYTHON=python:3.11-slim-bookworm

# ------------------------------------------------------------------- build
FROM ${PYTHON} AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /source

# What changes least comes first: these layers are reused until a pin changes. Wheels
# only, so that no compiler is needed and no foreign build script runs. The final
# environment is filled from outside and has no pip of its own.
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv /build \
 && /build/bin/pip install --require-hashes --only-binary :all: -r requirements/build.txt \
 && python -m venv --without-pip /opt/wirepact \
 && /build/bin/pip --python /opt/wirepact/bin/python install \
      --require-hashes --only-binary :all: -r requirements/runtime.txt

COPY pyproject.toml LICENSE README.md ./
COPY registry registry
COPY clients/python clients/python
RUN /build/bin/pip wheel --no-deps --no-build-isolation -w /wheels ./clients/python . \
 && /build/bin/pip --python /opt/wirepact/bin/python install --no-deps --no-index /wheels/*.whl

# --------------------------------------------------------------------- run
FROM ${PYTHON}

# A number, because Kubernetes' runAsNonRoot cannot judge a name.
RUN install -d -o 10001 -g 10001 -m 0750 /var/lib/wirepact
COPY --from=build /opt/wirepact /opt/wirepact

# The byte code is in the image; a read-only root could not take it later.
ENV PATH=/opt/wirepact/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WIREPACT_LISTEN=0.0.0.0:8081 \
    WIREPACT_DATABASE_URL=sqlite:////var/lib/wirepact/wirepact.db

USER 10001:10001
WORKDIR /var/lib/wirepact
VOLUME /var/lib/wirepact
EXPOSE 8081
STOPSIGNAL SIGTERM

# It asks the port of WIREPACT_LISTEN on 127.0.0.1, over HTTPS if there is a certificate,
# whose name it does not look at: set the variables rather than options, and bring a
# health check of your own for another address, or where each client needs a certificate.
# Live, not ready: a container is not restarted because its database is away. A proxy
# that the environment names is not asked about our own loopback.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["python", "-c", "import os, ssl, urllib.request as r; c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE; s = 'https' if os.environ.get('WIREPACT_TLS_CERTIFICATE') else 'http'; r.build_opener(r.ProxyHandler({}), r.HTTPSHandler(context=c)).open(s + '://127.0.0.1:' + os.environ['WIREPACT_LISTEN'].rpartition(':')[2] + '/health/live', timeout=2)"]

ENTRYPOINT ["wirepact"]
CMD ["serve"]
