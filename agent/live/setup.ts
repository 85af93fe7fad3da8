import {
  ActivityHandling,
  type AudioTranscriptionConfig,
  AudioTranscriptionConfigMode,
  Behavior,
  EndSensitivity,
  GoogleGenAI,
  type LiveConnectConfig,
  MediaResolution,
  Modality,
  type RealtimeInputConfig,
  StartSensitivity,
  ThinkingLevel,
  type Tool,
  TurnCoverage,
} from '@google/genai'
import type { GeminiConfig } from '../config.ts'
import type { LiveSettings } from './settings.ts'

const clients = new WeakMap<GeminiConfig, Map<string, GoogleGenAI>>()

/** The client for where the Live API is, and for the version that `settings` need; one for all rooms of a process. Makes no connection. */
export function clientFor(gemini: GeminiConfig, settings?: LiveSettings): GoogleGenAI {
  const version = settings === undefined ? '' : versionFor(settings)
  const ofGemini = clients.get(gemini) ?? new Map<string, GoogleGenAI>()
  clients.set(gemini, ofGemini)
  const client = ofGemini.get(version) ?? newClient(gemini, version)
  ofGemini.set(version, client)
  return client
}

/** Affective and proactive audio of 2.5 are known to v1alpha alone. https://ai.google.dev/gemini-api/docs/live-guide#native-audio-output */
function versionFor({ on, affectiveDialog, proactiveAudio }: LiveSettings): string {
  return on === 'developer' && (affectiveDialog || proactiveAudio !== undefined) ? 'v1alpha' : ''
}

function newClient(gemini: GeminiConfig, apiVersion: string): GoogleGenAI {
  const http = {
    ...(gemini.baseUrl === undefined ? {} : { baseUrl: gemini.baseUrl }),
    ...(apiVersion === '' ? {} : { apiVersion }),
  }
  const httpOptions = Object.keys(http).length === 0 ? {} : { httpOptions: http }
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
  const { voice, thinking, mediaResolution, temperature, affectiveDialog, proactiveAudio } = settings
  const tools = toolsOf(settings)
  const realtimeInputConfig = realtimeOf(settings)
  return {
    responseModalities: [Modality.AUDIO],
    systemInstruction: instructionsOf(settings),
    inputAudioTranscription: transcriptionOf(settings),
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
    ...(temperature === undefined ? {} : { temperature }),
    ...(affectiveDialog ? { enableAffectiveDialog: true } : {}),
    ...(proactiveAudio === undefined ? {} : { proactivity: { proactiveAudio } }),
    ...(Object.keys(realtimeInputConfig).length === 0 ? {} : { realtimeInputConfig }),
    ...(tools.length === 0 ? {} : { tools }),
  }
}

/** The tools as the SDK wants them: Google's own, and our functions. */
export function toolsOf({ hosted, functions }: LiveSettings): Tool[] {
  const functionDeclarations = functions.map(({ behavior, ...declaration }) => ({
    ...structuredClone(declaration),
    ...(behavior === undefined ? {} : { behavior: Behavior[behavior] }),
  }))
  return [
    ...(hosted.googleSearch ? [{ googleSearch: {} }] : []),
    ...(hosted.codeExecution ? [{ codeExecution: {} }] : []),
    ...(hosted.urlContext ? [{ urlContext: {} }] : []),
    ...(functionDeclarations.length > 0 ? [{ functionDeclarations }] : []),
  ]
}

function realtimeOf({ vad, turns, turnCoverage, isInterruptible }: LiveSettings): RealtimeInputConfig {
  const { start, end, prefixMs, silenceMs } = vad
  const detection = {
    ...(start === undefined
      ? {}
      : { startOfSpeechSensitivity: StartSensitivity[`START_SENSITIVITY_${start}`] }),
    ...(end === undefined ? {} : { endOfSpeechSensitivity: EndSensitivity[`END_SENSITIVITY_${end}`] }),
    ...(prefixMs === undefined ? {} : { prefixPaddingMs: prefixMs }),
    ...(silenceMs === undefined ? {} : { silenceDurationMs: silenceMs }),
  }
  const automaticActivityDetection = turns === 'by marks' ? { disabled: true } : detection
  return {
    ...(Object.keys(automaticActivityDetection).length === 0 ? {} : { automaticActivityDetection }),
    ...(isInterruptible ? {} : { activityHandling: ActivityHandling.NO_INTERRUPTION }),
    ...(turnCoverage === undefined ? {} : { turnCoverage: coverages[turnCoverage] }),
  }
}

const coverages = {
  ACTIVITY: TurnCoverage.TURN_INCLUDES_ONLY_ACTIVITY,
  ALL: TurnCoverage.TURN_INCLUDES_ALL_INPUT,
  ACTIVITY_AND_VIDEO: TurnCoverage.TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO,
}

function transcriptionOf({ transcripts }: LiveSettings): AudioTranscriptionConfig {
  const { languages, vocabulary, mode } = transcripts
  return {
    ...(languages.length === 0 ? {} : { languageCodes: [...languages] }),
    ...(vocabulary.length === 0 ? {} : { customVocabulary: [...vocabulary] }),
    ...(mode === undefined ? {} : { mode: AudioTranscriptionConfigMode[mode] }),
  }
}

/** Native-audio models ignore a language code; they follow an instruction. */
export function instructionsOf({ instructions, language }: LiveSettings): string {
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
