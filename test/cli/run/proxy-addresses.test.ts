import { describe, expect, test } from 'vitest'
import { localAddresses, needsEnginePort, remoteAddresses } from '../../../src/cli/run/proxy-addresses.ts'

const HERE = { host: 'unix:///var/run/docker.sock', isHere: true }
const AWAY = { host: 'tcp://10.0.0.5:2376', isHere: false }
const UNSAID = { engineAddress: undefined, jobAddress: undefined }
const SAID = { engineAddress: 'cache:5000', jobAddress: 'cache:5001' }
const LISTENERS = { loopback: '127.0.0.1:40000', gateway: '172.17.0.1:40000' }
const NONE = { loopback: undefined, gateway: undefined }

const about = (addresses: string[], externalUrl: string | null = null) => ({ addresses, externalUrl })

describe('a server on this machine', () => {
  test.each([
    ['http://127.0.0.1:5000', '127.0.0.1:5000'],
    ['http://0.0.0.0:5000', '127.0.0.1:5000'],
    ['http://[::]:5000', '127.0.0.1:5000'],
    ['http://10.0.0.1:5000', '10.0.0.1:5000'],
    ['https://10.0.0.1:5000', '10.0.0.1:5000'],
  ])('that listens on %s is for the engine where it demands credentials', (address, api) => {
    expect(localAddresses(about([address]), HERE, UNSAID, LISTENERS)).toEqual({
      engine: LISTENERS.loopback,
      job: LISTENERS.gateway,
      isJobSecure: false,
      api: [api],
    })
  })

  test('with a certificate is reached by its name from elsewhere', () => {
    const told = about(['https://0.0.0.0:443'], 'https://cache.example')
    expect(localAddresses(told, AWAY, UNSAID, NONE)).toEqual({
      engine: 'cache.example:443',
      job: undefined,
      isJobSecure: false,
      api: ['127.0.0.1:443', 'cache.example:443'],
    })
  })

  test('is where the settings say', () => {
    expect(localAddresses(about(['http://127.0.0.1:5000']), AWAY, SAID, NONE)).toEqual({
      engine: 'cache:5000',
      job: 'cache:5001',
      isJobSecure: false,
      api: ['127.0.0.1:5000'],
    })
  })

  test('is not found by an engine elsewhere: the setting is named', () => {
    const find = () => localAddresses(about(['http://127.0.0.1:5000']), AWAY, UNSAID, NONE)
    expect(find).toThrow('tcp://10.0.0.5:2376 does not run on this machine')
    expect(find).toThrow('engine_address in [runners.entrepot]')
  })
})

describe('a server elsewhere', () => {
  test.each([
    ['http://cache.example:5000', 'cache.example:5000'],
    ['https://cache.example', 'cache.example:443'],
    ['http://cache.example', 'cache.example:80'],
  ])('%s is %s for all', (url, address) => {
    expect(remoteAddresses(new URL(url), AWAY, UNSAID)).toEqual({
      engine: address,
      job: address,
      isJobSecure: url.startsWith('https:'),
      api: [address],
    })
  })

  test.each([
    ['http://127.0.0.1:5000', HERE, UNSAID, true],
    ['http://localhost:5000', HERE, UNSAID, true],
    ['https://[::1]:5000', HERE, UNSAID, true],
    ['http://127.0.0.1:5000', HERE, SAID, false],
    ['http://127.0.0.1:5000', AWAY, UNSAID, false],
    ['http://cache.example:5000', HERE, UNSAID, false],
  ])('%s is asked for a port for the engine at %o, with %o said: %s', (url, engine, choice, isAsked) => {
    expect(needsEnginePort(new URL(url), engine, choice)).toBe(isAsked)
  })

  test('on loopback is out of reach for containers, and for an engine elsewhere', () => {
    const url = new URL('http://127.0.0.1:5000')
    expect(remoteAddresses(url, HERE, UNSAID).job).toBeUndefined()
    expect(() => remoteAddresses(url, AWAY, UNSAID)).toThrow('engine_address')
    expect(remoteAddresses(url, AWAY, SAID)).toMatchObject({ engine: 'cache:5000', job: 'cache:5001' })
  })
})
