import { describe, expect, it } from 'vitest'
import { microphoneCommand, type SoundProgram, speakerCommand } from '../../../agent/talk/device.ts'

const sox: SoundProgram = { name: 'sox', path: '/bin/sox' }
const ffmpeg: SoundProgram = { name: 'ffmpeg', path: '/bin/ffmpeg', ffplay: '/bin/ffplay' }
const raw = (rate: number) => `-t raw -r ${rate} -e signed -b 16 -c 1`

describe('a microphone', () => {
  it.each([
    [sox, undefined, 'linux', `/bin/sox -q --buffer 2048 -d ${raw(16_000)} -`],
    [sox, 'hw:1', 'linux', `/bin/sox -q --buffer 2048 -t alsa hw:1 ${raw(16_000)} -`],
    [sox, 'Built-in', 'darwin', `/bin/sox -q --buffer 2048 -t coreaudio Built-in ${raw(16_000)} -`],
    [sox, 'pulseaudio:', 'linux', `/bin/sox -q --buffer 2048 -t pulseaudio default ${raw(16_000)} -`],
    [ffmpeg, undefined, 'linux', '-f alsa -i default -ac 1 -ar 16000 -f s16le -flush_packets 1 pipe:1'],
    [ffmpeg, undefined, 'darwin', '-f avfoundation -i :0 -ac 1 -ar 16000 -f s16le -flush_packets 1 pipe:1'],
    [ffmpeg, 'dshow:audio=Mic', 'win32', '-f dshow -i audio=Mic -ac 1 -ar 16000'],
  ] as const)('of %o, %s on %s', (program, device, platform, command) => {
    expect(microphoneCommand(program, device, platform).join(' ')).toContain(command)
  })
})

describe('a speaker', () => {
  it.each([
    [sox, undefined, 'linux', `/bin/sox -q --buffer 2048 ${raw(24_000)} - -d`],
    [sox, 'alsa:hw:1', 'linux', `/bin/sox -q --buffer 2048 ${raw(24_000)} - -t alsa hw:1`],
    [ffmpeg, undefined, 'win32', '/bin/ffplay -nodisp -autoexit -v error -f s16le -ar 24000 -ac 1 -i pipe:0'],
    [ffmpeg, 'pulse:default', 'linux', '-f s16le -ar 24000 -ac 1 -i pipe:0 -f pulse default'],
  ] as const)('of %o, %s on %s', (program, device, platform, command) => {
    expect(speakerCommand(program, device, platform)?.join(' ')).toContain(command)
  })

  it('is out of reach of an ffmpeg that came without ffplay', () => {
    expect(speakerCommand({ ...ffmpeg, ffplay: undefined }, undefined, 'linux')).toBeUndefined()
  })
})
