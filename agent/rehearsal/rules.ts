import { type ModelProfile, voices } from '../live/models.ts'
import type { Api } from './door/address.ts'
import type { Behaviour } from './profiles.ts'
import { invalidArgument, Refusal } from './wire/refusal.ts'
import type { Setup, Tool } from './wire/setup.ts'

export type SetupContext = {
  setup: Setup
  model: ModelProfile
  api: Api
  version: string
  behaviour: Behaviour
}

/** In the words of the real service, as far as they are known: https://ai.google.dev/gemini-api/docs/live-guide */
export function unknownModel(model: string, api: Api, version: string): Refusal {
  if (api === 'vertex')
    return new Refusal(
      1008,
      `Publisher Model \`${model}\` was not found or your project does not have access to it.`,
    )
  const id = model.startsWith('models/') || model.startsWith('tunedModels/') ? model : `models/${model}`
  return new Refusal(
    1008,
    `${id} is not found for API version ${version}, or is not supported for bidiGenerateContent. Call ListModels to see the list of available models and their supported methods.`,
  )
}

/** Why this setup is not for this model, or undefined where it is. */
export function refusalOf(context: SetupContext): Refusal | undefined {
  for (const rule of rules) {
    const refusal = rule(context)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

type Rule = (context: SetupContext) => Refusal | undefined

const rules: readonly Rule[] = [api, modality, voice, thinking, tools, extras]

/** What one API knows and the other does not. */
function api({ setup, api, model }: SetupContext): Refusal | undefined {
  if (api === 'vertex') {
    const coverage = setup.realtimeInputConfig?.turnCoverage
    const isRefused =
      model.id === 'gemini-3.8-live' && coverage === 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO'
    return isRefused ? invalidArgument() : undefined
  }
  if (setup.sessionResumption?.transparent !== undefined)
    return unknownName('transparent', 'setup.session_resumption')
  for (const name of ['explicitVadSignal', 'avatarConfig', 'labels'] as const)
    if (setup[name] !== undefined) return unknownName(name, 'setup')
  return undefined
}

function modality({ setup, model }: SetupContext): Refusal | undefined {
  const asked = setup.generationConfig?.responseModalities ?? [model.modality]
  const [only] = asked
  if (asked.length !== 1 || only !== model.modality)
    return new Refusal(
      1007,
      `The requested combination of response modalities (${asked.join(', ')}) is not supported by the model. models/${model.id} accepts the following combination of response modalities: ${model.modality}`,
    )
  if (only === 'TEXT' && setup.generationConfig?.speechConfig !== undefined)
    return new Refusal(1007, 'Cannot extract voices from a non-audio request.')
  return undefined
}

function voice({ setup, model }: SetupContext): Refusal | undefined {
  const speech = setup.generationConfig?.speechConfig
  if (speech?.multiSpeakerVoiceConfig !== undefined) return invalidArgument()
  const name = speech?.voiceConfig?.prebuiltVoiceConfig?.voiceName
  if (name === undefined || prebuiltVoice(name) !== undefined) return undefined
  return new Refusal(1007, `Requested voice api_name '${name}' is not available for model models/${model.id}`)
}

/** The prebuilt voice of this name, whatever its case. */
export function prebuiltVoice(name: string): string | undefined {
  return voices.find(one => one.toLowerCase() === name.toLowerCase())
}

const levelRefused = () => new Refusal(1007, 'Thinking level is not supported for this model.')

function thinking({ setup, model }: SetupContext): Refusal | undefined {
  const asked = setup.generationConfig?.thinkingConfig
  if (asked === undefined)
    return model.thinking === 'level-required'
      ? new Refusal(1007, 'Thinking level must be specified for this model.')
      : undefined
  if (model.thinking === 'none') return levelRefused()
  const level = asked.thinkingLevel
  if (level === undefined || level === 'THINKING_LEVEL_UNSPECIFIED')
    return model.thinking === 'level-required'
      ? new Refusal(1007, 'Thinking level must be specified for this model.')
      : undefined
  if (model.thinking === 'budget' || !model.thinkingLevels.includes(level)) return levelRefused()
  return undefined
}

function tools({ setup, model, behaviour }: SetupContext): Refusal | undefined {
  return toolsRefusal(setup.tools ?? [], model, behaviour)
}

/** https://ai.google.dev/gemini-api/docs/function-calling knows no more than this many at a time. */
const MOST_FUNCTIONS = 512

/** Why these tools are not for this model, or undefined where they are. */
export function toolsRefusal(
  tools: readonly Tool[],
  model: ModelProfile,
  { takesNonBlocking }: Behaviour,
): Refusal | undefined {
  if (tools.flatMap(tool => tool.functionDeclarations ?? []).length > MOST_FUNCTIONS) return invalidArgument()
  for (const tool of tools) {
    if (model.toolBehaviours.length === 0) return invalidArgument()
    if ((tool.googleSearch ?? tool.googleSearchRetrieval) !== undefined && !model.googleSearch)
      return new Refusal(1007, 'Search tool is not supported for this model')
    if (tool.codeExecution !== undefined && !model.codeExecution)
      return new Refusal(1007, 'Code execution is not supported for this model')
    if (tool.urlContext !== undefined && !model.urlContext)
      return new Refusal(1007, 'URL context is not supported for this model')
    if ((tool.googleMaps ?? tool.computerUse ?? tool.fileSearch ?? tool.mcpServers) !== undefined)
      return invalidArgument()
    for (const { name, behavior } of tool.functionDeclarations ?? []) {
      if (!/^[A-Za-z_][\w.:-]{0,127}$/.test(name ?? ''))
        return new Refusal(
          1007,
          `Invalid function name "${name ?? ''}". Must start with a letter or an underscore.`,
        )
      if (behavior === undefined || behavior === 'UNSPECIFIED' || model.toolBehaviours.includes(behavior))
        continue
      if (behavior === 'NON_BLOCKING' && takesNonBlocking) continue
      return new Refusal(1007, `${behavior} function calls are not supported for this model`)
    }
  }
  return undefined
}

function extras({ setup, model, version, api, behaviour }: SetupContext): Refusal | undefined {
  const proactive = setup.proactivity
  const affective = setup.generationConfig?.enableAffectiveDialog
  // Both belong to v1alpha on the 2.5 preview models: other versions do not know the fields.
  const isKnown = api === 'vertex' || version === 'v1alpha' || model.proactiveAudio !== 'switch'
  if (proactive !== undefined && !(isKnown && behaviour.knowsProactivity))
    return unknownName('proactivity', 'setup')
  if (affective !== undefined && model.affectiveDialog && !isKnown)
    return unknownName('enableAffectiveDialog', 'setup.generation_config')
  if (proactive?.proactiveAudio === false && model.proactiveAudio === 'always') return invalidArgument()
  if (proactive?.proactiveAudio === true && model.proactiveAudio === 'none') return invalidArgument()
  if (affective === true && !model.affectiveDialog && behaviour.affectiveDialog === 'refuse')
    return invalidArgument()
  const translates = model.kind === 'translate'
  if (setup.generationConfig?.translationConfig !== undefined && !translates) return invalidArgument()
  if (translates && setup.systemInstruction !== undefined) return invalidArgument()
  return undefined
}

function unknownName(name: string, at: string): Refusal {
  return new Refusal(
    1007,
    `Invalid JSON payload received. Unknown name "${name}" at '${at}': Cannot find field.`,
  )
}
