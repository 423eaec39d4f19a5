# The current long-term release of Node.js; any image with Node 20.19 or newer and glibc will do.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
# better-sqlite3 is compiled where no prebuilt binary can be downloaded.
RUN apt-get update \
  && apt-get install -y --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/entrepot
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
# The build needs src, which changes more often than the packages do.
RUN npm ci --ignore-scripts && npm rebuild better-sqlite3
COPY src ./src
RUN npm run prepare && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Entrepot" \
  org.opencontainers.image.description="A pull-through registry cache for teams that run CI on Docker" \
  org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /opt/entrepot
COPY --from=build /opt/entrepot/node_modules ./node_modules
COPY --from=build /opt/entrepot/dist ./dist
COPY package.json README.md CHANGELOG.md LICENSE ./
RUN chmod +x dist/cli/main.js \
  && ln -s /opt/entrepot/dist/cli/main.js /usr/local/bin/entrepot \
  && install -d -o node -g node /var/lib/entrepot
ENV NODE_ENV=production \
  ENTREPOT_LISTEN=0.0.0.0:5000 \
  ENTREPOT_STORAGE_PATH=/var/lib/entrepot
USER node
# entrepot.yaml is looked for here.
WORKDIR /var/lib/entrepot
VOLUME /var/lib/entrepot
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:5000/healthz', { signal: AbortSignal.timeout(4000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["entrepot"]
CMD ["serve"]
