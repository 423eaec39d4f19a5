import { randomBytes } from 'node:crypto'
import { ScriptedTokenServer, startScriptedUpstream } from '../../support/scripted-upstream.ts'
import { ask } from '../ask.ts'
import { type Scenario, verdict } from '../scenario.ts'
import { ALL_TYPES, BLOBS, MIB, REPOSITORY } from '../stage.ts'
import { inWords, isServed, times } from '../words.ts'

const LOGIN = { username: 'acme', password: 's3cret-of-acme' }
const PRIVATE = 'acme/secret'
/** Another host than that of the upstream, on the same machine. */
const OTHER_HOST = '127.0.0.2'
const CLIENTS = 8

const WITH_LOGIN = {
  upstream: {
    auth: { kind: 'bearer' },
    tokens: {
      users: { [LOGIN.username]: LOGIN.password },
      access: (user: string | undefined, repository: string) =>
        user === LOGIN.username || repository.startsWith('library/'),
    },
  },
  target: { login: LOGIN },
} as const

/** Logins, tokens, and who gets them. */
export const ACCESS_SCENARIOS: readonly Scenario[] = [
  {
    row: 19,
    fault: 'Somebody without permission asks for private content that is here',
    ...WITH_LOGIN,
    run: async (stage) => {
      const image = stage.upstream.addImage(PRIVATE, { tags: ['1'], layers: [randomBytes(MIB)] })
      const [layer] = image.layers
      if (layer === undefined) throw new Error('the image has a layer')
      const path = `${PRIVATE}/blobs/${layer.digest}`
      await ask(`${stage.target.privateBase}/${PRIVATE}/manifests/1`, { headers: { accept: ALL_TYPES } })
      const owner = await ask(`${stage.target.privateBase}/${path}`)
      await stage.keeps(MIB)
      const stranger = await ask(`${stage.target.base}/${path}`)
      const elsewhere = await stage.askBlob(layer.digest)
      const isRefused = !isServed(stranger, layer.bytes) && !isServed(elsewhere, layer.bytes)
      return verdict(
        { holds: isServed(owner, layer.bytes), did: `who may: ${inWords(owner, layer.bytes)}` },
        { holds: isRefused, did: `who may not: ${inWords(stranger, layer.bytes)}` },
        { holds: isRefused, did: `by another image's name: ${inWords(elsewhere, layer.bytes)}` },
      )
    },
  },
  {
    row: 20,
    fault: "The upstream's challenge names somebody else's token server",
    target: { login: LOGIN },
    run: async (stage) => {
      const thief = new ScriptedTokenServer({ host: OTHER_HOST })
      await thief.start()
      stage.cleanups.defer(() => thief.stop())
      const image = stage.upstream.addImage(REPOSITORY, { tags: ['1'] })
      stage.upstream.auth = { kind: 'bearer', realm: thief.realm }
      // A proxy that asks for the challenge once, at its start, is asked to start.
      await stage.target.stop('SIGTERM')
      await stage.target.start()
      const reply = await stage.askManifest('1')
      const stolen = thief.requests.filter(({ authorization }) => authorization !== 'none').length
      return verdict(
        { holds: stolen === 0, did: stolen === 0 ? 'the login was not sent' : 'the login was sent there' },
        { holds: true, did: inWords(reply, image.root.bytes) },
      )
    },
  },
  {
    row: 21,
    fault: 'Blobs are redirected to another host',
    ...WITH_LOGIN,
    run: async (stage) => {
      const cdn = stage.cleanups.use(await startScriptedUpstream({ host: OTHER_HOST }))
      const blob = stage.addBlob(MIB)
      const to = cdn.addObject('/signed', blob.bytes)
      stage.upstream.fault({ match: BLOBS, do: { kind: 'redirect', to } })
      const reply = await stage.askBlob(blob.digest)
      const sent = cdn.requests.filter(({ authorization }) => authorization !== 'none').length
      return verdict(
        { holds: isServed(reply, blob.bytes), did: inWords(reply, blob.bytes) },
        { holds: sent === 0, did: sent === 0 ? 'without Authorization' : 'Authorization was sent along' },
      )
    },
  },
  {
    row: 28,
    fault: `${CLIENTS} clients ask for ${CLIENTS} blobs, and the token has ended`,
    // Without an account: who has one asks once as nobody too, to know what is public.
    upstream: { auth: { kind: 'bearer' } },
    run: async (stage) => {
      const first = stage.addBlob(1_000)
      await stage.askBlob(first.digest)
      stage.upstream.tokens.revokeTokens()
      stage.upstream.tokens.log.clear()
      const blobs = Array.from({ length: CLIENTS }, () => stage.addBlob(100_000))
      const replies = await Promise.all(blobs.map(({ digest }) => stage.askBlob(digest)))
      const served = replies.filter((reply, index) =>
        isServed(reply, blobs[index]?.bytes ?? first.bytes),
      ).length
      const tokens = stage.upstream.tokens.requests.length
      return verdict(
        { holds: served === CLIENTS, did: `${served} of ${CLIENTS} served` },
        { holds: tokens === 1, did: times(tokens, 'token request') },
      )
    },
  },
]
