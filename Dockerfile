# Built for amd64 and arm64 alike: nothing here names an architecture, and native parts are compiled in the first stage.
# Not pinned by digest: a pinned base keeps its old faults. For the same image every time, write
# node:24-slim@sha256:… in both lines.
FROM node:24-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 make g++ \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json tsconfig.client.json ./
COPY src ./src
COPY scripts/bundle.mjs ./scripts/
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production \
    ZAGUAN_SERVER__HOST=0.0.0.0 \
    ZAGUAN_DATA__DIR=/data
RUN install -d -o node -g node -m 700 /data
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist/program ./dist/program
COPY --from=build /app/dist/client ./dist/client
COPY --from=build /app/dist/openapi.json ./dist/
COPY package.json LICENSE config.example.yaml ./
RUN ln -s /app/dist/program/main.js /usr/local/bin/zaguan && chmod 755 dist/program/main.js
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ZAGUAN_SERVER__PORT || 3000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 and hears SIGTERM itself: no shell stands between.
ENTRYPOINT ["node", "/app/dist/program/main.js"]
CMD ["start"]
