import { expect, test } from 'vitest'
import { containerIdIn } from '../../../src/cli/run/own-image.ts'

const ID = '0123456789abcdef'.repeat(4)

test.each([
  [
    'docker',
    `612 590 254:1 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw - ext4 /dev/vda rw`,
    ID,
  ],
  [
    'a data root elsewhere',
    `612 590 0:3 /data/containers/${ID}/resolv.conf /etc/resolv.conf rw - ext4 x rw`,
    ID,
  ],
  ['podman', `9 8 0:3 /overlay-containers/${ID}/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw`, ID],
  [
    'the machine of an engine',
    `40 25 0:3 / /var/lib/docker/overlay2/${ID}/merged rw - overlay overlay rw`,
    undefined,
  ],
  ['no container', '25 1 254:0 / / rw - ext4 /dev/vda rw', undefined],
])('the container of this process: %s', (_name, mountInfo, id) => {
  expect(containerIdIn(`1 2 0:1 / /proc rw - proc proc rw\n${mountInfo}\n`)).toBe(id)
})
