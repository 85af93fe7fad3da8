/** A function as the API is told of it. https://ai.google.dev/api/caching#FunctionDeclaration */
export type FunctionDeclaration = {
  readonly name: string
  readonly description: string
  /** JSON Schema, and not `parameters`: that one refuses `additionalProperties` and much else by name. */
  readonly parametersJsonSchema?: { readonly [keyword: string]: unknown }
  readonly behavior?: 'BLOCKING' | 'NON_BLOCKING'
}

/** What Google's side does by itself. */
export type HostedTools = {
  readonly googleSearch: boolean
  readonly codeExecution: boolean
  readonly urlContext: boolean
}

/** The answer to a call, or a part of it. */
export type ToolAnswer = {
  readonly response: Readonly<Record<string, unknown>>
  /** When to speak about it, on models that know it and for calls they do not wait for. */
  readonly scheduling?: 'INTERRUPT' | 'WHEN_IDLE' | 'SILENT'
  /** Further parts follow, under the same id. */
  readonly willContinue?: boolean
}
