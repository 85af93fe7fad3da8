import { HEARING_RATE, SPEECH_RATE } from '../units.ts'

/** A program that reaches this machine's microphone and speaker, and where it is. */
export type SoundProgram =
  | { name: 'sox'; path: string }
  | { name: 'ffmpeg'; path: string; ffplay: string | undefined }

/** A program and its arguments; no shell sees them. */
export type Command = readonly [program: string, ...args: string[]]

/**
 * Reads a microphone until it is ended, and writes 16 kHz mono PCM16 little-endian to its standard output.
 * @param device as the program names it, with a driver before a colon where it is not the system's own (`pulseaudio:default`,
 *   `alsa:hw:1`); undefined is the system's choice
 */
export function microphoneCommand(
  program: SoundProgram,
  device: string | undefined,
  platform: NodeJS.Platform,
): Command {
  if (program.name === 'sox')
    return [program.path, ...quiet, ...soxDevice(device, platform), ...soxRaw(HEARING_RATE), '-']
  const { driver, name } = split(device ?? ffmpegMicrophones[platform] ?? 'alsa:default', 'alsa')
  const as16k = ['-ac', '1', '-ar', `${HEARING_RATE}`, '-f', 's16le', '-flush_packets', '1', 'pipe:1']
  return [program.path, '-v', 'error', '-nostdin', '-fflags', 'nobuffer', '-f', driver, '-i', name, ...as16k]
}

/** Plays 24 kHz mono PCM16 little-endian from its standard input; undefined where this program cannot. */
export function speakerCommand(
  program: SoundProgram,
  device: string | undefined,
  platform: NodeJS.Platform,
): Command | undefined {
  if (program.name === 'sox')
    return [program.path, ...quiet, ...soxRaw(SPEECH_RATE), '-', ...soxDevice(device, platform)]
  const from24k = ['-v', 'error', '-f', 's16le', '-ar', `${SPEECH_RATE}`, '-ac', '1', '-i', 'pipe:0']
  if (device === undefined)
    return program.ffplay === undefined ? undefined : [program.ffplay, '-nodisp', '-autoexit', ...from24k]
  const { driver, name } = split(device, platform === 'darwin' ? 'audiotoolbox' : 'alsa')
  return [program.path, '-nostdin', ...from24k, '-f', driver, name]
}

/** Small buffers: what waits in them is heard late, and cannot be taken back. */
const quiet = ['-q', '--buffer', '2048']

function soxRaw(rate: number): string[] {
  return ['-t', 'raw', '-r', `${rate}`, '-e', 'signed', '-b', '16', '-c', '1']
}

function soxDevice(device: string | undefined, platform: NodeJS.Platform): string[] {
  if (device === undefined) return ['-d']
  const { driver, name } = split(device, soxDrivers[platform] ?? 'alsa')
  return ['-t', driver, name]
}

/** `driver:name`, or a name for the driver of this system. Names of ALSA have colons too: `hw:1`. */
function split(device: string, usual: string): { driver: string; name: string } {
  const [, driver, name] =
    /^(alsa|pulse|pulseaudio|coreaudio|avfoundation|audiotoolbox|waveaudio|dshow|null):(.*)$/.exec(device) ??
    []
  return driver === undefined
    ? { driver: usual, name: device }
    : { driver, name: name === '' ? 'default' : name! }
}

const soxDrivers: Partial<Record<NodeJS.Platform, string>> = { darwin: 'coreaudio', win32: 'waveaudio' }
const ffmpegMicrophones: Partial<Record<NodeJS.Platform, string>> = { darwin: 'avfoundation::0' }
