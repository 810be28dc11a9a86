# Two stages: the first installs from the lock file with hashes, the second carries the result and runs it as an account without rights.
FROM python:3.12-slim AS build
WORKDIR /build
RUN python -m venv /opt/qcredit
COPY requirements.lock ./
RUN /opt/qcredit/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY models models
COPY data data
COPY scoring scoring
COPY service service
RUN /opt/qcredit/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --uid 10001 --home-dir /var/lib/qcredit --create-home --shell /usr/sbin/nologin qcredit
COPY --from=build /opt/qcredit /opt/qcredit
ENV PATH=/opt/qcredit/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    QCREDIT_HOST=0.0.0.0 \
    QCREDIT_PORT=8000 \
    QCREDIT_VAR=/var/lib/qcredit
USER qcredit
WORKDIR /var/lib/qcredit
VOLUME /var/lib/qcredit
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['QCREDIT_PORT']}/healthz\", timeout=2)"]
CMD ["qcredit", "serve"]
