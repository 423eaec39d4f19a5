import { describe, expect, test } from 'vitest'
import { localAddresses, remoteAddresses } from '../../../src/cli/run/proxy-addresses.ts'

const HERE = { host: 'unix:///var/run/docker.sock', isHere: true }
const AWAY = { host: 'tcp://10.0.0.5:2376', isHere: false }
const UNSAID = { engineAddress: undefined, jobAddress: undefined }
const SAID = { engineAddress: 'cache:5000', jobAddress: 'cache:5001' }
const GATEWAY = '172.17.0.1:40000'

const about = (addresses: string[], externalUrl: string | null = null) => ({ addresses, externalUrl })

describe('a server on this machine', () => {
  test.each([
    ['http://127.0.0.1:5000', '127.0.0.1:5000'],
    ['http://0.0.0.0:5000', '127.0.0.1:5000'],
    ['http://[::]:5000', '127.0.0.1:5000'],
  ])('that listens on %s is %s for the engine', (address, engine) => {
    expect(localAddresses(about([address]), HERE, UNSAID, GATEWAY)).toEqual({
      engine,
      job: GATEWAY,
      api: [engine],
    })
  })

  test('with a certificate is reached by its name', () => {
    const told = about(['https://0.0.0.0:443'], 'https://cache.example')
    expect(localAddresses(told, AWAY, UNSAID, undefined)).toEqual({
      engine: 'cache.example:443',
      job: undefined,
      api: ['127.0.0.1:443', 'cache.example:443'],
    })
  })

  test('is where the settings say', () => {
    expect(localAddresses(about(['http://127.0.0.1:5000']), AWAY, SAID, GATEWAY)).toEqual({
      engine: 'cache:5000',
      job: 'cache:5001',
      api: ['127.0.0.1:5000'],
    })
  })

  test.each([
    [
      'an engine elsewhere',
      AWAY,
      'http://127.0.0.1:5000',
      'tcp://10.0.0.5:2376 does not run on this machine',
    ],
    ['an address that the engine refuses', HERE, 'http://10.0.0.1:5000', 'does not listen on 127.0.0.1'],
  ])('is not found by %s: the setting is named', (_name, engine, address, message) => {
    const find = () => localAddresses(about([address]), engine, UNSAID, undefined)
    expect(find).toThrow(message)
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
      api: [address],
    })
  })

  test('on loopback is out of reach for containers, and for an engine elsewhere', () => {
    const url = new URL('http://127.0.0.1:5000')
    expect(remoteAddresses(url, HERE, UNSAID).job).toBeUndefined()
    expect(() => remoteAddresses(url, AWAY, UNSAID)).toThrow('engine_address')
    expect(remoteAddresses(url, AWAY, SAID)).toMatchObject({ engine: 'cache:5000', job: 'cache:5001' })
  })
})
