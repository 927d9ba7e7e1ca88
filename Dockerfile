# Stage 1 builds the pages' assets and one wheel; stage 2 holds Python, the locked dependencies and that wheel.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/belong \
 && /opt/belong/bin/pip install --quiet --require-hashes -r requirements.lock \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --quiet --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE package.json package-lock.json .npmrc ./
COPY data_contracts data_contracts
COPY model model
COPY pipelines pipelines
COPY service service
RUN /opt/build/bin/python -m service.shell.build \
 && /opt/build/bin/python -m hatchling build -t wheel -d /wheel \
 && /opt/belong/bin/pip install --quiet --no-deps --no-index /wheel/*.whl

FROM python:3.12-slim
# The data folder is the only place that is written to; run with a read-only root and a tmpfs at /tmp.
ENV PATH=/opt/belong/bin:$PATH PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    GX_ANALYTICS_ENABLED=false DO_NOT_TRACK=1 BELONG_HOME=/data MPLCONFIGDIR=/tmp/matplotlib
RUN groupadd --gid 10001 belong \
 && useradd --uid 10001 --gid belong --home-dir /data --no-create-home --shell /usr/sbin/nologin belong \
 && install -d -o belong -g belong -m 0700 /data
COPY --from=build /opt/belong /opt/belong
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4).read()"]
ENTRYPOINT ["belong"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
