# syntax=docker/dockerfile:1
# The services: resize, ai-detection, filter, camera-stream; which one is the last word of the command.
#   docker build -f deploy/docker/services.Dockerfile -t imageflow/services .
# With an NVIDIA GPU (the libraries of onnxruntime's CUDA provider are downloaded while the image is built):
#   docker build -f deploy/docker/services.Dockerfile -t imageflow/services-cuda \
#     --build-arg RUNTIME=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04 --build-arg ONNXRUNTIME_INSTALL=cuda12 .
ARG RUNTIME=debian:bookworm-slim

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
ARG ONNXRUNTIME_INSTALL=skip
ENV ONNXRUNTIME_NODE_INSTALL=${ONNXRUNTIME_INSTALL}
# The image has its own Node, and the libraries of other systems are of no use.
RUN npm ci --omit=dev --no-audit --no-fund -w @imageflow/services \
  && node node_modules/onnxruntime-node/script/install.js \
  && rm -rf node_modules/node-linux-* node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/onnxruntime-node/bin/napi-v6/win32
COPY packages packages
COPY apps/services apps/services
COPY models models
COPY deploy/docker/grpc-health.mjs ./

FROM ${RUNTIME}
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app /app
WORKDIR /app
# Else memory that images leave free in one thread is not used by another one, and the process grows.
ENV MALLOC_ARENA_MAX=2
ENV NODE_ENV=production IMAGEFLOW_DATA_DIR=/data
# The root file system may be read-only: only these two are written.
VOLUME ["/data", "/tmp"]
USER 10001:10001
EXPOSE 50051 50052 50053 50054
STOPSIGNAL SIGTERM
# Asks at the address of IMAGEFLOW_LISTEN.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "grpc-health.mjs"]
ENTRYPOINT ["node", "apps/services/src/main.ts"]
CMD ["resize"]
