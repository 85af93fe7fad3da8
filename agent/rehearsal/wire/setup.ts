import * as f from './fields.ts'

/** Fields of the Live API's messages: https://ai.google.dev/api/live; Vertex: LlmBidiService of google.cloud.aiplatform.v1beta1. */
const blob = f.message({ mimeType: f.text, data: f.bytes, displayName: f.text })

const part = f.message({
  text: f.text,
  thought: f.bool,
  thoughtSignature: f.bytes,
  inlineData: blob,
  fileData: f.struct,
  functionCall: f.struct,
  functionResponse: f.struct,
  executableCode: f.struct,
  codeExecutionResult: f.struct,
  videoMetadata: f.struct,
  mediaResolution: f.anything,
})

export const content = f.message({ role: f.text, parts: f.list(part) })
export type Content = f.Infer<typeof content>

/** A schema as the API knows it, a part of OpenAPI 3.0: what it lacks is refused by name. */
export type Schema = f.Message<ReturnType<typeof schemaFields>>
function schemaFields() {
  return {
    type: f.choice('TYPE_UNSPECIFIED', 'STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'),
    format: f.text,
    title: f.text,
    description: f.text,
    nullable: f.bool,
    default: f.anything,
    example: f.anything,
    enum: f.list(f.text),
    items: f.later((): f.Read<unknown> => schema),
    anyOf: f.list(f.later((): f.Read<unknown> => schema)),
    properties: f.map(f.later((): f.Read<unknown> => schema)),
    propertyOrdering: f.list(f.text),
    required: f.list(f.text),
    minProperties: f.whole,
    maxProperties: f.whole,
    minItems: f.whole,
    maxItems: f.whole,
    minLength: f.whole,
    maxLength: f.whole,
    minimum: f.float,
    maximum: f.float,
    pattern: f.text,
  }
}
const schema = f.message(schemaFields())

export const functionDeclaration = f.message({
  name: f.text,
  description: f.text,
  parameters: schema,
  parametersJsonSchema: f.anything,
  response: schema,
  responseJsonSchema: f.anything,
  behavior: f.choice('UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING'),
})
export type FunctionDeclaration = f.Infer<typeof functionDeclaration>

export const tool = f.message({
  functionDeclarations: f.list(functionDeclaration),
  googleSearch: f.struct,
  googleSearchRetrieval: f.struct,
  codeExecution: f.struct,
  urlContext: f.struct,
  googleMaps: f.struct,
  computerUse: f.struct,
  fileSearch: f.struct,
  mcpServers: f.anything,
})
export type Tool = f.Infer<typeof tool>

const voiceConfig = f.message({
  prebuiltVoiceConfig: f.message({ voiceName: f.text }),
  replicatedVoiceConfig: f.message({
    mimeType: f.text,
    voiceSampleAudio: f.bytes,
    consentAudio: f.bytes,
    voiceConsentSignature: f.struct,
  }),
})

const speechConfig = f.message({
  languageCode: f.text,
  voiceConfig,
  multiSpeakerVoiceConfig: f.struct,
})

const modality = f.choice('MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO', 'VIDEO')

const generationConfig = f.message({
  candidateCount: f.whole,
  maxOutputTokens: f.whole,
  temperature: f.float,
  topP: f.float,
  topK: f.float,
  presencePenalty: f.float,
  frequencyPenalty: f.float,
  seed: f.whole,
  responseModalities: f.list(modality),
  mediaResolution: f.choice(
    'MEDIA_RESOLUTION_UNSPECIFIED',
    'MEDIA_RESOLUTION_LOW',
    'MEDIA_RESOLUTION_MEDIUM',
    'MEDIA_RESOLUTION_HIGH',
  ),
  speechConfig,
  thinkingConfig: f.message({
    includeThoughts: f.bool,
    thinkingBudget: f.whole,
    thinkingLevel: f.choice('THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'),
  }),
  enableAffectiveDialog: f.bool,
  translationConfig: f.message({ targetLanguageCode: f.text, echoTargetLanguage: f.bool }),
})

export const automaticActivityDetection = f.message({
  disabled: f.bool,
  startOfSpeechSensitivity: f.choice(
    'START_SENSITIVITY_UNSPECIFIED',
    'START_SENSITIVITY_HIGH',
    'START_SENSITIVITY_LOW',
  ),
  endOfSpeechSensitivity: f.choice(
    'END_SENSITIVITY_UNSPECIFIED',
    'END_SENSITIVITY_HIGH',
    'END_SENSITIVITY_LOW',
  ),
  prefixPaddingMs: f.whole,
  silenceDurationMs: f.whole,
})
export type ActivityDetection = f.Infer<typeof automaticActivityDetection>

const realtimeInputConfig = f.message({
  automaticActivityDetection,
  activityHandling: f.choice(
    'ACTIVITY_HANDLING_UNSPECIFIED',
    'START_OF_ACTIVITY_INTERRUPTS',
    'NO_INTERRUPTION',
  ),
  turnCoverage: f.choice(
    'TURN_COVERAGE_UNSPECIFIED',
    'TURN_INCLUDES_ONLY_ACTIVITY',
    'TURN_INCLUDES_ALL_INPUT',
    'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
  ),
  interimTranscriptTimestampEnabled: f.bool,
})

const transcriptionConfig = f.message({
  languageCodes: f.list(f.text),
  customVocabulary: f.anything,
  mode: f.text,
  wordTimestamp: f.anything,
  diarization: f.anything,
  sourceText: f.anything,
  languageAuto: f.anything,
  languageHints: f.anything,
  adaptationPhrases: f.anything,
})

export const setup = f.message({
  model: f.text,
  generationConfig,
  systemInstruction: content,
  tools: f.list(tool),
  realtimeInputConfig,
  sessionResumption: f.message({ handle: f.text, transparent: f.bool }),
  contextWindowCompression: f.message({
    triggerTokens: f.whole,
    slidingWindow: f.message({ targetTokens: f.whole }),
  }),
  inputAudioTranscription: transcriptionConfig,
  outputAudioTranscription: transcriptionConfig,
  proactivity: f.message({ proactiveAudio: f.bool, proactiveVideo: f.bool }),
  historyConfig: f.message({ initialHistoryInClientContent: f.bool }),
  explicitVadSignal: f.bool,
  avatarConfig: f.message({
    avatarName: f.text,
    customizedAvatar: f.struct,
    audioBitrateBps: f.whole,
    videoBitrateBps: f.whole,
  }),
  safetySettings: f.list(f.struct),
  labels: f.map(f.text),
})
export type Setup = f.Infer<typeof setup>

/** The realtime media of one message. */
export const media = blob
export type Media = f.Infer<typeof blob>
