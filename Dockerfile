# A long-term release of Node.js. Any Debian image with Node 20.19 or newer will do.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
# build: builds here. context: takes dist and the native addon as they are, made for the same Node and glibc.
ARG APP=build

# Of the next two stages only the one that APP names does anything: that is what ONBUILD is for here. The classic
# builder runs every stage, whether something needs it or not.
FROM ${NODE_IMAGE} AS build
WORKDIR /opt/entrepot
# better-sqlite3 is compiled where no prebuilt binary can be downloaded.
ONBUILD RUN apt-get update && apt-get install -y --no-install-recommends g++ make python3
ONBUILD COPY package.json package-lock.json .npmrc tsconfig.json ./
# The build needs src, which changes more often than the packages do.
ONBUILD RUN npm ci --ignore-scripts && npm rebuild better-sqlite3
ONBUILD COPY build ./build
ONBUILD COPY src ./src
ONBUILD RUN npm run prepare

FROM ${NODE_IMAGE} AS context
WORKDIR /opt/entrepot
ONBUILD COPY node_modules ./node_modules
ONBUILD COPY dist ./dist

FROM ${APP} AS app
# dist has every package in it but better-sqlite3, of which only the addon is needed, and what finds it.
RUN mkdir modules \
  && for name in better-sqlite3 bindings file-uri-to-path; do mv "node_modules/$name" modules/; done \
  && rm -rf dist/.[!.]* modules/better-sqlite3/deps modules/better-sqlite3/src \
  && find modules/better-sqlite3/build -type f ! -name better_sqlite3.node -delete

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Entrepot" \
  org.opencontainers.image.description="A pull-through registry cache for teams that run CI on Docker" \
  org.opencontainers.image.licenses="Apache-2.0"
# git and git-lfs fetch the sources of a job where this image is the runner's helper.
RUN git lfs version > /dev/null 2>&1 \
  || (apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git git-lfs \
    && rm -rf /var/lib/apt/lists/*)
RUN install -d /etc/entrepot \
  && install -d -m 0700 -o 1000 -g 1000 /etc/gitlab-runner \
  && install -d -o 1000 -g 1000 /var/lib/entrepot \
  && install -d -m 0700 -o 1000 -g 1000 /var/cache/entrepot \
  && ln -s /opt/entrepot/dist/cli/main.js /usr/local/bin/entrepot
WORKDIR /opt/entrepot
COPY package.json README.md CHANGELOG.md LICENSE ./
COPY contrib/healthcheck.mjs ./contrib/
COPY --from=app /opt/entrepot/modules ./node_modules
COPY --from=app /opt/entrepot/dist ./dist
ENV NODE_ENV=production \
  ENTREPOT_LISTEN=0.0.0.0:5000 \
  ENTREPOT_STORAGE_PATH=/var/lib/entrepot \
  CONFIG_FILE=/etc/gitlab-runner/config.toml \
  XDG_CACHE_HOME=/var/cache
# A number, so that Kubernetes sees that it is not root (runAsNonRoot).
USER 1000:1000
# entrepot.yaml is looked for here.
WORKDIR /etc/entrepot
VOLUME /var/lib/entrepot
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD node /opt/entrepot/contrib/healthcheck.mjs "$ENTREPOT_LISTEN"
# Process 1 without an init: signals are handled by the program, and it starts no processes that could be orphaned.
ENTRYPOINT ["entrepot"]
CMD ["serve"]
