# syntax=docker/dockerfile:1
# The backend; with the command "apps/backend/src/main.ts worker" a worker; with "apps/cli/src/main.ts …" the command line (migrate, doctor, backup).
#   docker build -f deploy/docker/backend.Dockerfile -t imageflow/backend .
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/core/package.json packages/core/
COPY packages/schema/package.json packages/schema/
COPY packages/contract/package.json packages/contract/
COPY packages/client/package.json packages/client/
COPY packages/grpc/package.json packages/grpc/
COPY packages/adapters/package.json packages/adapters/
COPY apps/backend/package.json apps/backend/
COPY apps/cli/package.json apps/cli/
COPY apps/services/package.json apps/services/
# The image has its own Node, and no model runs here.
ENV ONNXRUNTIME_NODE_INSTALL=skip
RUN npm ci --omit=dev --no-audit --no-fund -w @imageflow/backend -w imageflow \
  && rm -rf node_modules/node-linux-* node_modules/onnxruntime-node
COPY packages packages
COPY apps/backend apps/backend
COPY apps/cli apps/cli
COPY scripts/bootstrap.mjs scripts/installed.mjs scripts/

FROM debian:bookworm-slim
# For cameras and video files that the backend reads itself; without them: --build-arg VIDEO= (the image is then less than half as large).
ARG VIDEO=ffmpeg
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends ${VIDEO} && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app /app
WORKDIR /app
# Else memory that images leave free in one thread is not used by another one, and the process grows.
ENV MALLOC_ARENA_MAX=2
ENV NODE_ENV=production IMAGEFLOW_HOST=0.0.0.0 IMAGEFLOW_DATA_DIR=/data
# The root file system may be read-only: only these two are written.
VOLUME ["/data", "/tmp"]
USER 10001:10001
EXPOSE 8080 50050
# As long as a stop may take: running work ends first.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.IMAGEFLOW_PORT || 8080}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["apps/backend/src/main.ts"]
