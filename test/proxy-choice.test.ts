import { expect, test } from 'vitest'
import { chooseProxy } from '../src/proxy-choice.ts'

const http = 'http://proxy.example:3128'
const https = 'http://proxy.example:3129'

test.each([
  { url: 'https://ghcr.io/', proxy: {}, want: undefined },
  { url: 'https://ghcr.io/', proxy: { http }, want: undefined },
  { url: 'https://ghcr.io/', proxy: { http, https }, want: https },
  { url: 'http://ghcr.io/', proxy: { http, https }, want: http },
  { url: 'http://127.0.0.1:5000/', proxy: { http }, want: undefined },
  { url: 'http://[::1]:5000/', proxy: { http }, want: undefined },
  { url: 'http://localhost:5000/', proxy: { http }, want: undefined },
  { url: 'http://a.localhost/', proxy: { http }, want: undefined },
  { url: 'https://ghcr.io/', proxy: { https, noProxy: '*' }, want: undefined },
  { url: 'https://ghcr.io/', proxy: { https, noProxy: 'ghcr.io' }, want: undefined },
  { url: 'https://ghcr.io/', proxy: { https, noProxy: 'quay.io, GHCR.IO' }, want: undefined },
  { url: 'https://a.ghcr.io/', proxy: { https, noProxy: 'ghcr.io' }, want: undefined },
  { url: 'https://a.ghcr.io/', proxy: { https, noProxy: '.ghcr.io' }, want: undefined },
  { url: 'https://a.ghcr.io/', proxy: { https, noProxy: '*.ghcr.io' }, want: undefined },
  { url: 'https://notghcr.io/', proxy: { https, noProxy: 'ghcr.io' }, want: https },
  { url: 'https://ghcr.io/', proxy: { https, noProxy: 'ghcr.io:443' }, want: undefined },
  { url: 'https://ghcr.io:8443/', proxy: { https, noProxy: 'ghcr.io:443' }, want: https },
  { url: 'https://10.1.2.3/', proxy: { https, noProxy: '10.0.0.0/8' }, want: undefined },
  { url: 'https://11.1.2.3/', proxy: { https, noProxy: '10.0.0.0/8' }, want: https },
  { url: 'https://[fd00::1]/', proxy: { https, noProxy: 'fd00::/8' }, want: undefined },
  { url: 'https://[fd00::1]/', proxy: { https, noProxy: '[fd00::1]:443' }, want: undefined },
  { url: 'https://ghcr.io/', proxy: { https, noProxy: '10.0.0.0/99, x/y, ,' }, want: https },
])('$url with $proxy', ({ url, proxy, want }) => {
  expect(chooseProxy(new URL(url), proxy)).toBe(want)
})
