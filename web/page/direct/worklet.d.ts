/* What an AudioWorklet has and no window: TypeScript's DOM types know none of it. https://webaudio.github.io/web-audio-api/#AudioWorkletGlobalScope */
declare const sampleRate: number
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(
  name: string,
  processor: new () => AudioWorkletProcessor & {
    process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean
  },
): void
