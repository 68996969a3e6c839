FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production PROMPTFORGE_DATA_DIR=/data PROMPTFORGE_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/src/storage/sqlite/migrations src/storage/sqlite/migrations
COPY --from=build /app/examples examples
RUN mkdir /data && chown node:node /data && ln -s /app/dist/bin/promptforge.js /usr/local/bin/promptforge \
  && chmod +x /app/dist/bin/promptforge.js
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/bin/promptforge.js", "serve"]
