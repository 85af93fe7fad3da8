import { worker } from 'roundtable'

/*
 * An agent of one's own: a quiz host that LiveKit sends into every room that asks for `quiz`. Run it with the variables
 * of the README in the environment; without a Gemini key it needs a rehearsal (`npx roundtable rehearsal`).
 */
const quiz = await worker({
  settings: {
    ...process.env,
    AGENT_NAME: 'quiz',
    VOICE: 'Puck',
    INSTRUCTIONS:
      'You host a quiz at a table. Ask short questions, one at a time, and keep the score by name.',
  },
  room: ({ name }) => (name.startsWith('de-') ? { LANGUAGE: 'German' } : {}),
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void quiz.close())
void quiz.registered.then(({ worker }) => console.log(`registered as ${worker}`)).catch(() => {})

const ended = await quiz.ended
if (ended.why === 'refused') console.error(ended.error.message)
process.exit(ended.why === 'refused' ? 1 : 0)
