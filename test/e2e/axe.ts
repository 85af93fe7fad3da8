import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

/** The script that looks for what people with a screen reader, a keyboard or weak eyes could not use; a page must take it in first. */
export const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What it finds on the page as it stands, by WCAG 2.2 AA and its own best practice. */
export async function findings(page: Page): Promise<string[]> {
  const rules = JSON.stringify({
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  })
  const { violations } = (await page.evaluate(`axe.run(document, ${rules})`)) as {
    violations: { id: string; nodes: { html: string }[] }[]
  }
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
