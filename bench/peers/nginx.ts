import { mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { missingComponents, requireProgram } from '../../test/support/real/component.ts'
import type { PeerKind } from './peer.ts'
import { type PeerPlace, startProcessPeer } from './process-peer.ts'

/** nginx with proxy_cache: all cores, sendfile, one download per key, connections to the upstream kept. */
export const nginx: PeerKind = {
  name: 'nginx',
  missing: () => missingComponents(['nginx']),
  start: (upstream) =>
    startProcessPeer('nginx', upstream, async (place) => {
      const settingsPath = join(place.dir, 'nginx.conf')
      await mkdir(join(place.dir, 'temp'))
      await writeFile(settingsPath, settings(place))
      const args = ['-p', place.dir, '-c', settingsPath, '-e', join(place.dir, 'error.log')]
      return { file: requireProgram('nginx'), args, readyPath: '/ready' }
    }),
}

function settings({ dir, port, upstreamUrl }: PeerPlace): string {
  // As root, workers would become `nobody`, who cannot enter the scratch folder.
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};` : ''
  return `${user}
daemon off;
worker_processes auto;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  client_body_temp_path ${dir}/temp/body;
  proxy_temp_path ${dir}/temp/proxy;
  fastcgi_temp_path ${dir}/temp/fastcgi;
  uwsgi_temp_path ${dir}/temp/uwsgi;
  scgi_temp_path ${dir}/temp/scgi;
  proxy_cache_path ${dir}/cache levels=1:2 keys_zone=cache:16m max_size=4g inactive=1h use_temp_path=off;
  upstream registry { server ${new URL(upstreamUrl).host}; keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location = /ready { return 200; }
    location /v2/ {
      proxy_pass http://registry;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache cache;
      proxy_cache_key $request_method$uri$http_accept;
      proxy_cache_valid 200 1h;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 120s;
      proxy_cache_lock_age 120s;
      proxy_max_temp_file_size 4096m;
    }
  }
}
`
}
