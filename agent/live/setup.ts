import { GoogleGenAI, type LiveConnectConfig, MediaResolution, Modality, ThinkingLevel } from '@google/genai'
import type { GeminiConfig } from '../config.ts'
import type { LiveSettings } from './settings.ts'

const clients = new WeakMap<GeminiConfig, GoogleGenAI>()

/** The client for where the Live API is, one for all rooms of a process. Makes no connection. */
export function clientFor(gemini: GeminiConfig): GoogleGenAI {
  const client = clients.get(gemini) ?? newClient(gemini)
  clients.set(gemini, client)
  return client
}

function newClient(gemini: GeminiConfig): GoogleGenAI {
  const httpOptions = gemini.baseUrl === undefined ? {} : { httpOptions: { baseUrl: gemini.baseUrl } }
  switch (gemini.at) {
    case 'developer':
      return new GoogleGenAI({ apiKey: gemini.apiKey, vertexai: false, ...httpOptions })
    case 'rehearsal':
      return new GoogleGenAI({ apiKey: 'rehearsal', vertexai: false, ...httpOptions })
    case 'vertex':
      return new GoogleGenAI({
        vertexai: true,
        project: gemini.project,
        location: gemini.location,
        ...httpOptions,
      })
  }
}

/**
 * The session as the SDK wants it. Made anew for each connection, because the SDK writes into what it is given.
 * @param handle continues an earlier session; undefined begins one
 * @param at where the session is
 */
export function setupFor(
  settings: LiveSettings,
  handle: string | undefined,
  at: GeminiConfig['at'] = 'developer',
): LiveConnectConfig {
  const { voice, thinking, mediaResolution } = settings
  return {
    responseModalities: [Modality.AUDIO],
    systemInstruction: instructionsOf(settings),
    inputAudioTranscription: {},
    outputAudioTranscription: {},
    // Vertex AI alone counts our messages; the Developer API refuses even to be asked.
    sessionResumption: {
      ...(handle === undefined ? {} : { handle }),
      ...(at === 'vertex' ? { transparent: true } : {}),
    },
    contextWindowCompression: { slidingWindow: {} },
    ...(voice === undefined
      ? {}
      : { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } } }),
    ...(mediaResolution === undefined
      ? {}
      : { mediaResolution: MediaResolution[`MEDIA_RESOLUTION_${mediaResolution}`] }),
    ...(thinking === undefined ? {} : { thinkingConfig: thinkingOf(thinking) }),
    ...(settings.turns === 'by itself'
      ? {}
      : { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } }),
  }
}

/** Native-audio models ignore a language code; they follow an instruction. */
function instructionsOf({ instructions, language }: LiveSettings): string {
  return language === undefined
    ? instructions
    : `${instructions}\nSpeak ${language}, whatever language you are spoken to in.`
}

function thinkingOf(
  thinking: NonNullable<LiveSettings['thinking']>,
): NonNullable<LiveConnectConfig['thinkingConfig']> {
  return 'level' in thinking
    ? { thinkingLevel: ThinkingLevel[thinking.level] }
    : { thinkingBudget: thinking.budgetTokens }
}
